"""Figures of many simulations."""
