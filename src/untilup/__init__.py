"""untilup: wait until TCP targets accept connections, then become the command."""

# A constant, because asking the installed metadata for it would cost more than a whole start.
__version__ = "0.1.0"
