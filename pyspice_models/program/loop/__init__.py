"""The closed loop around an algorithm of programming: one round after another, and what each cost."""
