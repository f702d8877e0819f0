"""The emulated web search: a few pages, and their citations in the shape of each upstream."""
