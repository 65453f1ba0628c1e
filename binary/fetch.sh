# Sourced by build: where source comes from.

# unpack NAME FOLDER: fetch what is there of the source that is called so, see that it is that, and
# unpack it.
unpack() {
    grep "/$1[_/]" "$here/sources" | while read -r sum path; do
        # Security updates and the like are in other places, which do not have it.
        for mirror in $(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' | sort -u); do
            /usr/lib/apt/apt-helper download-file "${mirror%/}/$path" "$work/$(basename "$path")" "SHA256:$sum" && break
        done
        tar -xf "$work/$(basename "$path")" -C "$2" --strip-components 1
    done
}
