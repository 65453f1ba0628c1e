"""valkeys:// - ready when PING over TLS is answered so, and the server's certificate verifies."""

from untilup.checks import rediss

FORM = rediss.FORM.again("valkeys://cache")
validate = rediss.validate
check = rediss.check
