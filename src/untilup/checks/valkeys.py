"""valkeys:// - up when PING over TLS is answered with PONG or an authentication error, and the certificate verifies."""

from untilup.checks import rediss

SYNTAX = rediss.SYNTAX.alias("valkeys://cache")
normalize = rediss.normalize
ask = rediss.ask
