# Sourced by build: musl, and a compiler for it.

build_libc() {
    mkdir "$work/libc"
    unpack musl "$work/libc"
    cd "$work/libc"
    ./configure --prefix="$libc" --disable-shared CFLAGS='-O2 -g0'
    make -j "$(nproc)"
    # Its wrapper of gcc names the folder in which it will be.
    make DESTDIR="$work/root" install
    mv "$work/root$libc"/* "$1"
    # CPython asks its compiler for this, and gcc would tell of the libc of this machine.
    cat >"$1/cc" <<END
#!/bin/sh
[ "\$1" != --print-multiarch ] || { echo x86_64-linux-musl; exit; }
exec "$libc/bin/musl-gcc" "\$@"
END
    chmod +x "$1/cc"
}
