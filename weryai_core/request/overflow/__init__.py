"""The ways to have fewer messages: in words (fold), joined (merge) or dropped (trim)."""
