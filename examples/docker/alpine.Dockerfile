# On Alpine, in front of an entrypoint that the image has already:
#
#     docker build -t my-alpine -f examples/docker/alpine.Dockerfile examples/docker
#
# UNTILUP is the image of untilup: see docs/install.md. The executable needs neither glibc nor musl.
ARG BASE=alpine:3.22
ARG UNTILUP=registry.example/untilup:0.1.0
FROM ${UNTILUP} AS untilup

FROM ${BASE}
COPY --from=untilup /untilup /usr/local/bin/
COPY entrypoint.sh serve.sh /
USER 65532:65532
# The image's own entrypoint is the command. It must end with `exec "$@"`, or signals do not reach
# the program.
ENTRYPOINT ["untilup", "db:5432", "--", "/entrypoint.sh"]
# An ENTRYPOINT clears the CMD of the base image, so it is repeated.
CMD ["/serve.sh"]
