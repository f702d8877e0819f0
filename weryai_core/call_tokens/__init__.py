"""Tool calls in the tokens of their models, which a server has left in the text."""
