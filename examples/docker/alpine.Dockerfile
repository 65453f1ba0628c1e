# On Alpine, in front of an entrypoint that the image has already:
#
#     docker build -t my-alpine -f examples/docker/alpine.Dockerfile examples/docker
#
# UNTILUP is the image that `docker build -t untilup .` makes. Its executable needs neither glibc
# nor musl.
ARG BASE=alpine:3.22
ARG UNTILUP=untilup
FROM ${UNTILUP} AS untilup

FROM ${BASE}
COPY --from=untilup /untilup /usr/local/bin/
COPY entrypoint.sh serve.sh /
USER 65532:65532
# The image's own entrypoint is where the command was. It has to end by `exec "$@"`, or signals end
# with it.
ENTRYPOINT ["untilup", "db:5432", "--", "/entrypoint.sh"]
# An ENTRYPOINT empties the CMD of the image below, so that it has to be restated.
CMD ["/serve.sh"]
