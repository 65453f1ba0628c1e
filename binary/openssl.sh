# Sourced by build: OpenSSL as two libraries, for targets that speak TLS.

build_openssl() {
    mkdir "$1/source"
    # Debian's directory comes on top: its patches fix what was reported after the release.
    unpack openssl "$1/source"
    cd "$1/source"
    while read -r name; do
        patch --quiet --strip 1 <"patches/$name"
    done <patches/series
    # The library can tell when and how it was compiled: on the day of the release, by "cc".
    export SOURCE_DATE_EPOCH="$(stat --format %Y VERSION.dat)" PATH="$libc:$PATH"
    # AES in C looks up its results in tables, and the time of that depends on the key.
    flags='-Os -g0 -DOPENSSL_AES_CONST_TIME -fno-pie -fno-asynchronous-unwind-tables -fno-unwind-tables'
    # Its input is not trusted, and it has the same address in each start.
    flags="$flags -fstack-protector-strong"
    ./Configure linux-generic64 CC=cc AR="${tools}ar" RANLIB="${tools}ranlib" CFLAGS="$flags -ffunction-sections -fdata-sections" \
        --prefix=/usr --libdir=lib --openssldir=/etc/ssl \
        $(grep -v '^#' "$here/openssl-disabled-features" | sed 's/[^ ]\+/no-&/g')
    make -j "$(nproc)" build_libs
    mkdir "$1/lib"
    mv include "$1"
    mv libcrypto.a libssl.a "$1/lib"
    rm -r "$1/source"
}
