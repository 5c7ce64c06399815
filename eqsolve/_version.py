"""The version of eqsolve, stated here and nowhere else."""

__version__ = "0.1.0"
