# Sourced by build: fetches sources.

# unpack NAME DIRECTORY: fetch the source with that name, check its hash, and unpack it.
unpack() {
    grep "/$1[_/]" "$here/sources.lock" | while read -r sum path; do
        # Mirrors of security updates and the like do not have it.
        for mirror in $(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' | sort -u); do
            /usr/lib/apt/apt-helper download-file "${mirror%/}/$path" "$work/$(basename "$path")" "SHA256:$sum" && break
        done
        tar -xf "$work/$(basename "$path")" -C "$2" --strip-components 1
    done
}
