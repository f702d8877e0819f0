"""The emulated web search: its pages, and the sources in each known shape."""
