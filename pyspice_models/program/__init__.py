"""Closed loops on one array: write, read, correct."""
