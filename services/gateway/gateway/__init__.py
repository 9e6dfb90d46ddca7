"""Gateway: the HTTP door for people and browsers."""
