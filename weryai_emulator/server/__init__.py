"""The HTTP server: record each request, answer it by script or by rule, and send the answer."""
