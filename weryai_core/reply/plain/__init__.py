"""Short ways to read what nearly all replies are: texts with the usual fields around them."""
