# Sourced by build: CPython as a library, and as a program that compiles what is frozen.
build_interpreter() {
    mkdir "$1/source"
    unpack python3.13 "$1/source"
    mkdir "$1/build"
    cd "$1/build"
    for module in $(grep -v '^#' "$here/disabled-modules"); do
        export "py_cv_module_$module=n/a"
    done
    # Without this, configure finds the libraries of this machine: nothing of theirs may come in.
    export PKG_CONFIG_LIBDIR=/nonexistent ac_cv_lib_z_gzread=no ac_cv_header_zlib_h=no
    export MODULE_BUILDTYPE=static LINKFORSHARED=' '
    # sys.version states the day of the release, not that of this build.
    export SOURCE_DATE_EPOCH="$(stat --format %Y ../source/configure)" TZ=UTC0
    # mimalloc writes to stderr by itself, which belongs to untilup and then to the command.
    # The code is small because each page that a start touches costs time.
    # posixmodule.c has pidfd_open only if it knows the number of that system call, and includes the
    # header for it only if the C library has no getrandom.
    flags='-include sys/syscall.h -fwrapv -fno-pie -fno-plt -fno-asynchronous-unwind-tables -fno-unwind-tables'
    set --
    [ -z "$tools" ] || {
        set -- --host="${tools%-}" --build="$(gcc -dumpmachine)" --with-build-python="$python"
        # configure finds these out by running programs, and assumes the worst if it cannot.
        # These are the answers with musl.
        export ac_cv_aligned_required=no ac_cv_broken_sem_getvalue=no ac_cv_buggy_getaddrinfo=no \
            ac_cv_computed_gotos=yes ac_cv_file__dev_ptc=no ac_cv_file__dev_ptmx=yes \
            ac_cv_pthread_is_default=yes ac_cv_pthread_system_supported=yes ac_cv_working_tzset=yes
    }
    ../source/configure "$@" CC="$libc/cc" AR="${tools}gcc-ar" RANLIB="${tools}gcc-ranlib" \
        OPT='-DNDEBUG -Os -g0' CFLAGS="$flags -ffunction-sections -fdata-sections" \
        LDFLAGS='-static -no-pie' --prefix=/usr \
        --disable-shared --disable-test-modules --without-doc-strings --without-ensurepip \
        --without-mimalloc --without-readline --with-openssl="$openssl"
    [ -z "$tools" ] || same_answers "$(dirname "$python")/pyconfig.h" pyconfig.h
    make -j "$(nproc)" python libpython3.13.a
}

# same_answers HERE THERE: check that the results of configure differ only by the processor.
same_answers() {
    ! diff "$1" "$2" | grep '^[<>]' | grep -v -e HAVE_GCC_ASM_FOR_X -e PY_SUPPORT_TIER
}
