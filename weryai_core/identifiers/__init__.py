"""Names of tools and ids of calls as every upstream takes them."""
