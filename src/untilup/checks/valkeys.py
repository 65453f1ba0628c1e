"""valkeys:// - ready when PING over TLS is answered so, and the server's certificate verifies."""

from untilup.checks import rediss

SYNTAX = rediss.SYNTAX.alias("valkeys://cache")
normalize = rediss.normalize
ask = rediss.ask
