#!/bin/sh
# What an image may have to do before its command.
set -eu
echo "prepared"
# The command replaces this shell, so that signals reach it.
exec "$@"
