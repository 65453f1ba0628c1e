# untilup as an image, alone in it:      docker build -t untilup .
# its wheel, on an image with Python:    docker build -t untilup-wheel --target wheel .
# BASE, an image with Python, is where both are built, and where the wheel stays. (BuildKit builds
# what is asked for; Docker before 23, every stage above it, too.)
ARG BASE=python:3.13-slim

FROM ${BASE} AS checkout
WORKDIR /checkout
COPY . .

FROM checkout AS wheel-build
# pip fetches what it needs from PyPI, or takes it from wheelhouse/ (make wheelhouse) where a
# build has no network. A venv of its own keeps untilup's packages out of the way of the
# application's. It is made without pip, which nobody needs in the end. A new pip, because with the
# script that it makes untilup starts in three quarters of the time that one of pip 25 takes.
RUN python3 -m venv /build \
 && python3 -m venv --without-pip /opt/untilup \
 && if [ -d wheelhouse ]; then export PIP_NO_INDEX=1 PIP_FIND_LINKS=/checkout/wheelhouse; fi \
 && /build/bin/pip install 'pip>=26' \
 && /build/bin/pip wheel --no-deps --wheel-dir /wheel . \
 && /build/bin/pip --python /opt/untilup/bin/python install /wheel/*.whl

FROM ${BASE} AS wheel
LABEL org.opencontainers.image.title="untilup" \
      org.opencontainers.image.description="Wait until what a container depends on is up, then become its command." \
      org.opencontainers.image.version="0.1.0" \
      org.opencontainers.image.licenses="MIT"
COPY --from=wheel-build /opt/untilup /opt/untilup
# Only untilup itself is put into PATH: `python3` stays the image's own.
COPY --from=wheel-build /opt/untilup/bin/untilup /usr/local/bin/untilup
# A number, because Kubernetes' runAsNonRoot does not trust a name.
USER 65532:65532
ENTRYPOINT ["untilup"]

FROM checkout AS executable-build
# What `make binary` has made of this source is taken as it is; else it is made here, for which BASE
# has to be a Debian. That it runs is seen now, and not first where it is needed.
RUN set -e; made=dist/untilup-linux-x86_64; \
    if [ ! -e "$made" ]; then \
        apt-get update; \
        apt-get install -y --no-install-recommends gcc libc6-dev make patch perl xz-utils; \
        make binary; \
    elif [ -n "$(find src -name '*.py' -newer "$made")" ]; then \
        echo "$made is older than the source: make binary, or remove it" >&2; exit 1; \
    fi; \
    install -m 755 "$made" /untilup; \
    /untilup --version

# The last stage is what is built where no target is named.
FROM scratch
LABEL org.opencontainers.image.title="untilup" \
      org.opencontainers.image.description="Wait until what a container depends on is up, then become its command." \
      org.opencontainers.image.version="0.1.0" \
      org.opencontainers.image.licenses="MIT"
COPY --from=executable-build /untilup /untilup
USER 65532:65532
ENTRYPOINT ["/untilup"]
