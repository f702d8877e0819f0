"""What was sent and what came back, byte by byte: seen, freed of secrets, and written down."""
