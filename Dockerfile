# The full image, not `slim`: the allocator is built from C and wants make and a compiler.
FROM rust:1.95.0-bookworm AS build
# Its version is the one that rust-toolchain.toml pins; that file stays outside (.dockerignore), as
# it would fetch the lints as well.
WORKDIR /fedns
COPY . .
# Git stays outside too: docker build --build-arg FEDNS_COMMIT=$(git rev-parse --short=12 HEAD) .
ARG FEDNS_COMMIT=
RUN cargo build --release --locked --bin fedns

FROM debian:bookworm-slim
RUN useradd --system --uid 65532 --user-group --no-create-home --shell /usr/sbin/nologin fedns \
    && install -d -o fedns -g fedns /etc/fedns /var/lib/fedns
# Public roots, for API servers whose certificates a public authority signed.
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/ca-certificates.crt
COPY --from=build /fedns/target/release/fedns /usr/local/bin/fedns
COPY zones/ /usr/share/fedns/zones/
COPY examples/quickstart/ /usr/share/fedns/examples/quickstart/
# Container runtimes let any user bind port 53; by number, so that Kubernetes can see it is not root.
USER 65532:65532
WORKDIR /var/lib/fedns
EXPOSE 53/udp 53/tcp 9153/tcp
ENTRYPOINT ["/usr/local/bin/fedns"]
# The configuration is /etc/fedns/fedns.yaml. The quick start listens on loopback only; to try it:
#   docker run --rm --network host fedns serve --config /usr/share/fedns/examples/quickstart/fedns.yaml
CMD ["serve"]
