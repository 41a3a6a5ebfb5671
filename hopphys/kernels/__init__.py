"""Numba kernels and counter-based random numbers: flat arrays in, flat arrays out."""
