# Sourced by build: CPython as a library, and as a program that compiles what is frozen.
build_interpreter() {
    mkdir "$1/source"
    unpack python3.13 "$1/source"
    mkdir "$1/build"
    cd "$1/build"
    for module in $(grep -v '^#' "$here/left-out"); do
        export "py_cv_module_$module=n/a"
    done
    # Or else this machine's libraries are found: nothing of theirs may come in.
    export PKG_CONFIG_LIBDIR=/nonexistent ac_cv_lib_z_gzread=no ac_cv_header_zlib_h=no
    export MODULE_BUILDTYPE=static LINKFORSHARED=' '
    # sys.version tells the day of the release, not that of this build.
    export SOURCE_DATE_EPOCH="$(stat --format %Y ../source/configure)" TZ=UTC0
    # mimalloc writes to stderr by itself, which belongs to untilup and then to the command.
    # Small, because a start takes as long as the pages do that it touches.
    flags='-fwrapv -fno-pie -fno-plt -fno-asynchronous-unwind-tables -fno-unwind-tables'
    ../source/configure CC="$libc/cc" AR=gcc-ar RANLIB=gcc-ranlib \
        OPT='-DNDEBUG -Os -g0' CFLAGS="$flags -ffunction-sections -fdata-sections" \
        LDFLAGS='-static -no-pie' --prefix=/usr \
        --disable-shared --disable-test-modules --without-doc-strings --without-ensurepip \
        --without-mimalloc --without-readline
    make -j "$(nproc)" python libpython3.13.a
}
