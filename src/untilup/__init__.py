"""untilup: wait until what a container depends on is up, then execute a command."""

# A constant, because asking the installed metadata for it would cost more than a whole start.
__version__ = "0.1.0"
