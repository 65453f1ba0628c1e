# An image with nothing in it but untilup and one static program:
#
#     docker build -t my-empty -f examples/docker/empty.Dockerfile examples/docker
#
# UNTILUP is the image of untilup: see docs/install.md. BASE, any Debian, compiles the program.
ARG BASE=debian:trixie-slim
ARG UNTILUP=registry.example/untilup:0.1.0
FROM ${UNTILUP} AS untilup

FROM ${BASE} AS build
RUN apt-get update && apt-get install -y --no-install-recommends gcc libc6-dev
COPY hello.c .
RUN gcc -Wall -Wextra -Werror -O2 -static -o /hello hello.c

FROM scratch
COPY --from=untilup /untilup /
COPY --from=build /hello /
USER 65532:65532
# There is no shell and no PATH, so every program has its full path.
ENTRYPOINT ["/untilup", "db:5432", "--"]
CMD ["/hello"]
# Nothing else in this image could check it.
HEALTHCHECK --start-period=70s --interval=10s --timeout=10s \
    CMD ["/untilup", "--once", "-q", "127.0.0.1:8000"]
