"""Pulses, bias schemes, drivers and programs of steps."""
