"""Our own asynchronous client, on aiohttp's connections and its parser."""
