"""Numerical methods in batches: quadrature, fixed points, maximization. No economics in here."""
