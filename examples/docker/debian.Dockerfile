# An application on Debian, which python:3.13-slim is, that waits for its database:
#
#     docker build -t my-debian -f examples/docker/debian.Dockerfile examples/docker
#
# UNTILUP is the image that `docker build -t untilup .` makes.
ARG BASE=python:3.13-slim
ARG UNTILUP=untilup
FROM ${UNTILUP} AS untilup

FROM ${BASE}
COPY --from=untilup /untilup /usr/local/bin/
COPY app.py /
# By number: what wants to know that it is not root (Kubernetes' runAsNonRoot) trusts no name.
USER 65532:65532
# In its JSON form: the other puts a shell between, which keeps signals to itself.
ENTRYPOINT ["untilup", "db:5432", "--"]
# An ENTRYPOINT empties the CMD of the image below, so that it has to be restated.
CMD ["python3", "/app.py"]
# One look, by 127.0.0.1: `localhost` has two addresses, and is given the time of both. The start
# period is as long as untilup waits (60s) and the application takes to start, for which it is not
# to count as a failure. The timeout is longer than that of the look (5s), which tells why.
HEALTHCHECK --start-period=70s --interval=10s --timeout=10s \
    CMD ["/usr/local/bin/untilup", "--once", "-q", "http://127.0.0.1:8000"]
