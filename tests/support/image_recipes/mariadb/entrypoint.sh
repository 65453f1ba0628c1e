#!/bin/sh
# As the official image's does: where there is no data yet, a temporary server, which listens on its
# socket alone, makes the database and the user; then the real one starts.
set -eu
data=/var/lib/mysql
if [ ! -d "$data/mysql" ]; then
    mariadb-install-db --datadir="$data" --skip-test-db --auth-root-authentication-method=normal > /dev/null
    "$@" --skip-networking &
    temporary=$!
    until mariadb-admin --user=root --silent ping; do sleep 0.1; done
    mariadb --user=root <<SQL
CREATE DATABASE ${MARIADB_DATABASE:?};
CREATE USER ${MARIADB_USER:?}@'%' IDENTIFIED BY '${MARIADB_PASSWORD:?}';
GRANT ALL ON ${MARIADB_DATABASE}.* TO ${MARIADB_USER}@'%';
SQL
    kill "$temporary"
    wait "$temporary"
fi
exec "$@"
