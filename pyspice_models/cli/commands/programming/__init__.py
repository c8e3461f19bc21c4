"""Commands of closed-loop programming."""
