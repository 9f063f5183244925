# Two images from one build: the default, on debian:bookworm-slim with a shell for `docker exec` and shell health checks, and
# `--target small`, the program and the C library alone. No BuildKit needed.
FROM debian:bookworm-slim AS build
RUN apt-get update && apt-get install -y --no-install-recommends g++ cmake ninja-build pkg-config libcpp-httplib-dev libboost-dev \
      rapidjson-dev libsqlite3-dev libcli11-dev libssl-dev zlib1g-dev libzstd-dev libyaml-cpp-dev libpcre2-dev libgtest-dev libgmock-dev \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /src
COPY . .
RUN scripts/build release stator && install -s -D build/release/stator /image/usr/local/bin/stator
# The folders that a volume is mounted on take their owner from the image. /home/dynamodblocal is where compose files written
# for DynamoDB Local put theirs; `java` is what they start. /tmp is for SQLite and for whoever mounts nothing.
RUN mkdir -p /image/data /image/home/dynamodblocal/data /image/tmp && chmod 1777 /image/tmp \
    && chown -R 10001:10001 /image/data /image/home/dynamodblocal && ln -s stator /image/usr/local/bin/java
# What the small image adds: the C library, which is all the program is linked with, and the loader.
RUN mkdir -p /libraries/etc && echo 'stator:x:10001:10001::/data:/nonexistent' >/libraries/etc/passwd \
    && ldd /image/usr/local/bin/stator | grep -o '/[^ )]*' | sort -u | while read -r file; do install -D "$file" "/libraries$file"; done

FROM scratch AS small
COPY --from=build /libraries /
COPY --from=build /image /
ENV STATOR_HOST=0.0.0.0 STATOR_PORT=8000 STATOR_DATA=/data
USER 10001:10001
WORKDIR /home/dynamodblocal
VOLUME /data
EXPOSE 8000
HEALTHCHECK --interval=2s --timeout=3s --start-period=5s --retries=5 CMD ["/usr/local/bin/stator", "healthcheck"]
ENTRYPOINT ["/usr/local/bin/stator"]
CMD ["serve"]

FROM debian:bookworm-slim
LABEL org.opencontainers.image.title="stator" org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.description="DynamoDB and API Gateway on your machine, kept in SQLite"
COPY --from=build /image /
ENV STATOR_HOST=0.0.0.0 STATOR_PORT=8000 STATOR_DATA=/data
USER 10001:10001
WORKDIR /home/dynamodblocal
VOLUME /data
EXPOSE 8000
HEALTHCHECK --interval=2s --timeout=3s --start-period=5s --retries=5 CMD ["/usr/local/bin/stator", "healthcheck"]
ENTRYPOINT ["/usr/local/bin/stator"]
CMD ["serve"]
