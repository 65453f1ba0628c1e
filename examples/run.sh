#!/bin/sh
# The main job, on real sockets: a server that opens its port two seconds late, untilup that waits
# for it, and a command that untilup becomes and that talks to the server.
set -eu
bin=$(cd "${BIN:-.venv/bin}" && pwd)
PATH=$bin:$PATH
cd "$(dirname "$0")"
port=$(python free_port.py)

echo "\$ untilup 127.0.0.1:$port -- python talk.py $port"
python late_server.py "$port" &
server=$!
trap 'kill $server 2>/dev/null || true' EXIT
untilup "127.0.0.1:$port" -- python talk.py "$port"
