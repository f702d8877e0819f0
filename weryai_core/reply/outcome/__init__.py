"""Whether a reply is an answer or an error, and which error."""
