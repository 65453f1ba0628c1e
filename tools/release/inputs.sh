#!/bin/sh
# inputs.sh: print the directory that has what is packed beside the executable. It is made once, and
# kept in ~/.cache/untilup.
#     licenses/COMPONENT/FILE   the texts of all that is inside the executable
#     ca-certificates.crt       the certificates that Debian trusts
set -eu
scripts=$(cd "$(dirname "$0")" && pwd)
checkout=$(dirname "$(dirname "$scripts")")
# fetch.sh finds sources.lock there.
here=$checkout/binary
. "$here/fetch.sh"

main() {
    command -v gcc >/dev/null || { echo 'no gcc: apt-get install gcc' >&2; exit 1; }
    key=$({ gcc --version; cat "$here/sources.lock" "$here/requirements.txt" "$scripts/inputs.lock" "$0"; } |
        sha256sum | cut -c 1-12)
    inputs=${XDG_CACHE_HOME:-$HOME/.cache}/untilup/inputs-$key
    [ -d "$inputs" ] || make
    echo "$inputs"
}

make() {
    work=$(mktemp -d)
    failed=$work/log
    trap finish EXIT
    mkdir "$work/inputs"
    (fill "$work/inputs") >"$work/log" 2>&1
    failed=
    mkdir -p "$(dirname "$inputs")"
    cp -R "$work/inputs" "$inputs.$$"
    # Another build may have been faster.
    mv -T "$inputs.$$" "$inputs" || rm -r "$inputs.$$"
}

# Clean up, and show the end of the log if a step has failed.
finish() {
    [ -z "$failed" ] || tail -n 30 "$failed" >&2
    rm -rf "$work" "$inputs.$$"
}

fill() {
    for source in musl openssl python3.13; do
        mkdir "$work/$source"
        unpack "$source" "$work/$source"
    done
    keep "$1" musl "$work/musl/COPYRIGHT"
    keep "$1" openssl "$work/openssl/LICENSE.txt"
    keep "$1" cpython "$work/python3.13/LICENSE"
    # Its text is the comment at the beginning of each of its files.
    sed -n '1,/\*\//p' "$work/python3.13/Modules/_hacl/Hacl_Hash_SHA2.c" >"$work/LICENSE"
    keep "$1" hacl-star "$work/LICENSE"
    keep "$1" libgcc "/usr/share/doc/gcc-$(gcc -dumpversion)-base/copyright" /usr/share/common-licenses/GPL-3
    # pip is quiet, but for what goes wrong.
    "$checkout/.venv/bin/pip" install --quiet --disable-pip-version-check --require-hashes --no-deps \
        --no-compile --only-binary :all: --target "$work/packages" --requirement "$here/requirements.txt"
    for package in $(sed -n 's/==.*//p' "$here/requirements.txt"); do
        found=$(find "$work/packages" -path "*/$(echo "$package" | tr - _)-*.dist-info/*" -name 'LICENSE*')
        keep "$1" "$package" $found
    done
    keep "$1" click "$work/packages/typer/_click/LICENSE.txt"
    certificates >"$1/ca-certificates.crt"
}

# keep DIRECTORY COMPONENT FILE...: each file must be there, and hold something.
keep() {
    texts=$1/licenses/$2
    shift 2
    [ -s "${1:-}" ] || { echo "no license text for $texts" >&2; return 1; }
    mkdir -p "$texts"
    install -m 644 "$@" "$texts"
}

# As update-ca-certificates does on a Debian where nothing is configured.
certificates() {
    grep -v '^#' "$scripts/inputs.lock" | while read -r sum path; do
        fetch "$sum" "$path" "$work/ca-certificates.deb" >&2
    done
    dpkg-deb --extract "$work/ca-certificates.deb" "$work/ca-certificates"
    find "$work/ca-certificates/usr/share/ca-certificates" -name '*.crt' | LC_ALL=C sort | xargs cat
}

main
