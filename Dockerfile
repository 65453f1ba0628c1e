# untilup as an image, its ENTRYPOINT: docker build -t untilup .
# pip fetches what it needs from PyPI, or takes it from wheelhouse/ (make wheelhouse) where a
# build has no network.
ARG BASE=python:3.13-slim

FROM ${BASE} AS build
WORKDIR /checkout
COPY . .
# A venv of its own keeps untilup's packages out of the way of the application's. It is made
# without pip, which nobody needs in the end. A new pip, because with the script that it makes
# untilup starts in three quarters of the time that one of pip 25 takes.
RUN python3 -m venv /build \
 && python3 -m venv --without-pip /opt/untilup \
 && if [ -d wheelhouse ]; then export PIP_NO_INDEX=1 PIP_FIND_LINKS=/checkout/wheelhouse; fi \
 && /build/bin/pip install 'pip>=26' \
 && /build/bin/pip wheel --no-deps --wheel-dir /dist . \
 && /build/bin/pip --python /opt/untilup/bin/python install /dist/*.whl

FROM ${BASE}
LABEL org.opencontainers.image.title="untilup" \
      org.opencontainers.image.description="Wait until TCP targets accept connections, then become the command." \
      org.opencontainers.image.version="0.1.0" \
      org.opencontainers.image.licenses="MIT"
COPY --from=build /opt/untilup /opt/untilup
# Only untilup itself is put into PATH: `python3` stays the image's own.
COPY --from=build /opt/untilup/bin/untilup /usr/local/bin/untilup
# A number, because Kubernetes' runAsNonRoot does not trust a name.
USER 65532:65532
ENTRYPOINT ["untilup"]
