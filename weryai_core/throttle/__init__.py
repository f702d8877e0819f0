"""How many requests of one key are in flight: `window` decides how many, `line` decides whose."""
