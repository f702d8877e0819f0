"""Images, audio, video and files in messages: what they are, how many tokens, and where they go."""
