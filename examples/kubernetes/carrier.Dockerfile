# untilup beside a `cp`, for wrapper.yaml to be copied from:
#
#     docker build -t untilup .
#     docker build -t untilup-carrier -f examples/kubernetes/carrier.Dockerfile examples/kubernetes
ARG BASE=busybox:1.37
FROM untilup AS untilup

FROM ${BASE}
COPY --from=untilup /untilup /untilup
USER 65532:65532
