"""What a wrapper's model class consists of: its arguments, its settings, its clients, its calls."""
