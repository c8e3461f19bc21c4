"""Commands about what ships: studies, and the declarations of their parameters."""
