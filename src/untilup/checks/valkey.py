"""valkey:// - ready when PING is answered so: it is the protocol of Redis."""

from untilup.checks import redis

FORM = redis.FORM.again("valkey://cache")
validate = redis.validate
check = redis.check
