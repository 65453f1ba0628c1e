# An application on Debian that waits for its database, with a health check:
#
#     docker build -t my-debian -f examples/docker/debian.Dockerfile examples/docker
#
# UNTILUP is the image of untilup: see docs/install.md.
ARG BASE=python:3.13-slim
ARG UNTILUP=registry.example/untilup:0.1.0
FROM ${UNTILUP} AS untilup

FROM ${BASE}
COPY --from=untilup /untilup /usr/local/bin/
COPY app.py /
# A number, because Kubernetes' runAsNonRoot does not trust a name.
USER 65532:65532
# The exec form. The shell form puts a shell in between, which does not forward signals.
ENTRYPOINT ["untilup", "db:5432", "--"]
# An ENTRYPOINT clears the CMD of the base image, so it is repeated.
CMD ["python3", "/app.py"]
# One attempt, at 127.0.0.1, because `localhost` has two addresses. The start period covers the wait
# (60s) and the start of the application. The timeout is longer than that of an attempt (5s), so
# that the check can say why it fails.
HEALTHCHECK --start-period=70s --interval=10s --timeout=10s \
    CMD ["/usr/local/bin/untilup", "--once", "-q", "http://127.0.0.1:8000"]
