"""What is kept of a reply until its end, in about the memory of what it says."""
