"""From a chat request's parameters to the JSON body to send."""
