# Sourced by build: musl, with another resolver (musl.patch), and a compiler for it.

build_libc() {
    mkdir "$work/libc-$machine"
    unpack musl "$work/libc-$machine"
    cd "$work/libc-$machine"
    patch --quiet --strip 1 <"$here/musl.patch"
    # Not even with -g0, which its configure takes for a wish to debug: that names folders.
    ./configure --prefix="$libc" --disable-shared --enable-wrapper=gcc \
        CROSS_COMPILE="$tools" CFLAGS=-O2
    make -j "$(nproc)"
    # Its wrapper of gcc names the folder in which it will be.
    make DESTDIR="$work/root" install
    mv "$work/root$libc"/* "$1"
    # CPython asks its compiler for this, and gcc would tell of the libc of this machine.
    cat >"$1/cc" <<END
#!/bin/sh
[ "\$1" != --print-multiarch ] || { echo $machine-linux-musl; exit; }
exec "$libc/bin/musl-gcc" "\$@"
END
    chmod +x "$1/cc"
}
