# Sourced by build: fetches sources.

# unpack NAME DIRECTORY: fetch the source with that name, check its hash, and unpack it.
unpack() {
    grep "/$1[_/]" "$here/sources.lock" | while read -r sum path; do
        fetch "$sum" "$path" "$work/$(basename "$path")"
        tar -xf "$work/$(basename "$path")" -C "$2" --strip-components 1
    done
}

# fetch SHA256 PATH FILE: fetch what Debian's pool has at that path.
fetch() {
    # Mirrors of security updates and the like do not have it.
    for mirror in $(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' | sort -u); do
        /usr/lib/apt/apt-helper download-file "${mirror%/}/$2" "$3" "SHA256:$1" && break
    done
}
