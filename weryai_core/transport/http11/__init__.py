"""HTTP/1.1 for our own synchronous client: plain answers are read here, odd ones by h11."""
