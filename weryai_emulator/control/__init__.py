"""Control of a running emulator from outside its process: steps as JSON, over HTTP or in a file."""
