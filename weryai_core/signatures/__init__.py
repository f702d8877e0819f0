"""Signed reasoning of earlier answers: whose it is, who gets it, and what stands in for it."""
