"""What happens to the pieces of a choice after they are decoded, beyond reading calls."""
