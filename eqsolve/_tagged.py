"""Written when eqsolve is installed."""

__version__ = "0.1.dev316+g6fd8499b6.d20261126"
