#!/bin/sh
# What an image may have to do before its command, whatever that is.
set -eu
echo "prepared"
# The command takes the place of this shell, so that signals reach it.
exec "$@"
