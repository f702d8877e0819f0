"""The chat request as the gateway reads and checks it."""
