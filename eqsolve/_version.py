"""The version of eqsolve: that of the tag which was installed, or what comes after it."""

try:
    from eqsolve._tagged import __version__
except ImportError:  # files that were copied and not installed
    __version__ = "0.1.dev0"

__all__ = ["__version__"]
