"""Sweeps: many equilibria from one game that varies, as a table that loses and hides no row."""
