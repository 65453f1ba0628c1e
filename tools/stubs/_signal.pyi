# The module that signal is made of, without the enumerations.
from signal import *  # noqa: F403 - it has the same names
