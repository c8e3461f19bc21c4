"""Pictures of closed-loop programming."""
