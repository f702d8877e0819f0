"""The HTTP server: routes, the recorded requests, scripted replies."""
