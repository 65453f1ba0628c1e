# The image of untilup, which holds the executable and its license:
#
#     docker build --build-arg BASE=python:3.13-slim -t untilup .     from source: minutes, needs a network
#     make image                             of dist/untilup-linux-x86_64: needs no network and no BASE
#     docker build --build-arg BASE=python:3.13-slim -t untilup-wheel --target wheel .   the Python package
#
# BASE is an image with Python, on which all stages but the first build, and the wheel stays. BuildKit
# needs no BASE and takes python:3.13-slim. The classic builder (Docker before 23) needs it: see below.
ARG BASE

# The executable that `make binary` has built; `make binary-aarch64` builds that of aarch64. This
# stage comes first, because the classic builder makes every stage up to the one that is asked for, and
# this one must need no other image. So the classic builder also makes it on the way to the others, for
# which there need not be an executable. It cannot tell what is asked for: only if BASE is given, the
# path is a pattern, which may match nothing beside LICENSE.
FROM scratch AS prebuilt
ARG ARCHITECTURE=x86_64
ARG BASE
LABEL org.opencontainers.image.title="untilup" \
      org.opencontainers.image.description="Wait until what a container depends on is up, then execute a command." \
      org.opencontainers.image.version="0.1.0" \
      org.opencontainers.image.licenses="MIT"
USER 65532:65532
ENTRYPOINT ["/untilup"]
# The classic builder prints this line just before the error.
ARG IF_THE_EXECUTABLE_IS_NOT_FOUND="run make binary (or make binary-aarch64), or build from source with --build-arg BASE=python:3.13-slim"
COPY LICENSE build/from-make-binary/${ARCHITECTURE}/untilup${BASE:+*} /

FROM ${BASE:-python:3.13-slim} AS checkout
WORKDIR /checkout
COPY . .

FROM checkout AS wheel-build
# pip takes the packages from PyPI, or from wheelhouse/ (make wheelhouse) if there is no network. They
# have the same releases as in the executable. A venv of its own keeps them apart from the packages of
# the application. It has no pip, because nothing needs pip afterward. pip 26 writes a script that starts
# untilup in three quarters of the time that the script of pip 25 takes.
RUN python3 -m venv /build \
 && python3 -m venv --without-pip /opt/untilup \
 && if [ -d wheelhouse ]; then export PIP_NO_INDEX=1 PIP_FIND_LINKS=/checkout/wheelhouse; fi \
 && /build/bin/pip install 'pip>=26' \
 && /build/bin/pip wheel --no-deps --wheel-dir /wheel . \
 && /build/bin/pip --python /opt/untilup/bin/python install /wheel/*.whl \
    $(sed -n 's/ --hash=.*//p' binary/requirements.txt)

FROM ${BASE:-python:3.13-slim} AS wheel
LABEL org.opencontainers.image.title="untilup" \
      org.opencontainers.image.description="Wait until what a container depends on is up, then execute a command." \
      org.opencontainers.image.version="0.1.0" \
      org.opencontainers.image.licenses="MIT"
COPY --from=wheel-build /opt/untilup /opt/untilup
# Only untilup itself is in PATH: `python3` stays the image's own.
COPY --from=wheel-build /opt/untilup/bin/untilup /usr/local/bin/untilup
# A number, because Kubernetes' runAsNonRoot does not trust a name.
USER 65532:65532
ENTRYPOINT ["untilup"]

FROM checkout AS executable-build
# The executable of `make binary`, if it is there and newer than the source. Otherwise it is built
# here, for which BASE must be a Debian. The last line makes sure that it runs.
RUN set -e; made=build/from-make-binary/x86_64/untilup; \
    if [ "$(uname -m)" != x86_64 ]; then \
        echo "The executable cannot be built on $(uname -m). Use --target wheel; or run make binary-aarch64 on x86-64, then docker build --target prebuilt --build-arg ARCHITECTURE=aarch64" >&2; \
        exit 1; \
    elif [ ! -e "$made" ]; then \
        apt-get update; \
        apt-get install -y --no-install-recommends gcc libc6-dev make patch perl xz-utils; \
        make binary; \
    elif [ -n "$(find src -name '*.py' -newer "$made")" ]; then \
        echo "$made is older than the source: run make binary, or remove it" >&2; exit 1; \
    fi; \
    install -m 755 "$made" /untilup; \
    /untilup --version

# Docker builds the last stage if no target is named.
FROM scratch
LABEL org.opencontainers.image.title="untilup" \
      org.opencontainers.image.description="Wait until what a container depends on is up, then execute a command." \
      org.opencontainers.image.version="0.1.0" \
      org.opencontainers.image.licenses="MIT"
COPY LICENSE /
COPY --from=executable-build /untilup /untilup
USER 65532:65532
ENTRYPOINT ["/untilup"]
