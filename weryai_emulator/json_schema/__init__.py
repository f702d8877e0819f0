"""Values for a JSON schema, filled with what a prompt names: tool arguments and JSON answers."""
