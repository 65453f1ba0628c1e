# Sourced by build: musl, with another resolver (musl.patch), and a compiler for it.

build_libc() {
    mkdir "$work/libc-$machine"
    unpack musl "$work/libc-$machine"
    cd "$work/libc-$machine"
    patch --quiet --strip 1 <"$here/musl.patch"
    # The signals that musl keeps for itself stay blocked if they were: they belong to the command.
    # Nothing here cancels threads or has timers that send signals.
    change src/internal/pthread_impl.h 's/\[sizeof(long)==4\] = 3UL<<(32\*(sizeof(long)>4))/0/'
    change src/thread/pthread_create.c '/sig_mask\[(SIGCANCEL-1)/,+1d'
    # No -g0: its configure takes that for a wish to debug, which would name directories.
    ./configure --prefix="$libc" --disable-shared --enable-wrapper=gcc \
        CROSS_COMPILE="$tools" CFLAGS=-O2
    make -j "$(nproc)"
    # Its wrapper of gcc names the directory in which it will be.
    make DESTDIR="$work/root" install
    mv "$work/root$libc"/* "$1"
    # CPython asks its compiler for this, and gcc would name the libc of this machine.
    cat >"$1/cc" <<END
#!/bin/sh
[ "\$1" != --print-multiarch ] || { echo $machine-linux-musl; exit; }
exec "$libc/bin/musl-gcc" "\$@"
END
    chmod +x "$1/cc"
}

# change FILE EXPRESSION: by sed; it is an error if nothing is changed.
change() {
    cp "$1" "$1.before"
    sed -i "$2" "$1"
    ! cmp -s "$1" "$1.before"
}
