#!/bin/sh
# The application of alpine.Dockerfile: it does nothing until SIGTERM. As PID 1, it would ignore the
# signal without a trap.
trap 'echo "stopped"; exit 0' TERM
echo "serving"
while :; do
    sleep 1 &
    wait $! # the trap would run only after a sleep in the foreground
done
