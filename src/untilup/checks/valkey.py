"""valkey:// - up when PING is answered with PONG, or with an authentication error."""

from untilup.checks import redis

SYNTAX = redis.SYNTAX.alias("valkey://cache")
validate = redis.validate
ask = redis.ask
