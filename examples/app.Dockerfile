# The shortest image with untilup in front of its command:
#
#     docker build -t my-app -f examples/app.Dockerfile examples
FROM python:3.13-slim
COPY --from=registry.example/untilup:0.1.0 /untilup /usr/local/bin/
COPY app.py /
ENTRYPOINT ["untilup", "postgres://db", "redis://cache", "--"]
CMD ["python3", "/app.py"]
