#!/bin/sh
# Debian stable with Python 3.13 and venv as a root file system: rootfs.sh FILE.tar
set -eu
exec mmdebstrap --quiet --variant=minbase --include=ca-certificates,python3,python3-venv \
    --aptopt='Acquire::Languages "none"' \
    --dpkgopt='path-exclude=/usr/share/doc/*' \
    --dpkgopt='path-exclude=/usr/share/info/*' \
    --dpkgopt='path-exclude=/usr/share/locale/*' \
    --dpkgopt='path-exclude=/usr/share/man/*' \
    --customize-hook='rm -rf "$1"/var/lib/apt/lists/* "$1"/var/cache/apt/*' \
    trixie "$1"
