#!/bin/sh
# A server that opens its port two seconds late, untilup that waits for it, and a command that
# untilup execs and that talks to the server: on real sockets.
set -eu
bin=$(cd "${BIN:-.venv/bin}" && pwd)
PATH=$bin:$PATH
cd "$(dirname "$0")"

# The server has chosen its port before untilup starts, and listens on it two seconds later.
directory=$(mktemp -d)
mkfifo "$directory/port"
python late_server.py >"$directory/port" &
server=$!
trap 'kill $server 2>/dev/null || true; rm -rf "$directory"' EXIT
read -r port <"$directory/port"

echo "\$ untilup 127.0.0.1:$port -- python talk.py $port"
untilup "127.0.0.1:$port" -- python talk.py "$port"
