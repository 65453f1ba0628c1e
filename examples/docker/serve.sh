#!/bin/sh
# The application of alpine.Dockerfile: it does nothing until it is asked to stop. As PID 1, nothing
# would happen without a trap.
trap 'echo "stopped"; exit 0' TERM
echo "serving"
while :; do
    sleep 1 &
    wait $! # a sleep in the foreground would be waited for before the trap
done
