"""Tools and schemas written into the prompt, and the calls read from the answer's text."""
