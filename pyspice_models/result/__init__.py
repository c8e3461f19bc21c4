"""Labelled xarray data with units, and netCDF on disk."""
