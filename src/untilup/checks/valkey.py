"""valkey:// - ready when PING is answered so: it is the protocol of Redis."""

from untilup.checks import redis

SYNTAX = redis.SYNTAX.alias("valkey://cache")
validate = redis.validate
ask = redis.ask
