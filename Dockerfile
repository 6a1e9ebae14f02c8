# The Action's image: the program, Git and certificates. No BuildKit extension is used, so the
# classic builder (`DOCKER_BUILDKIT=0`) makes it as well.
#
#   docker build .
#   docker build --build-arg PROFILE=dev .                            compiles faster, runs slower
#   docker build --build-arg CARGO_CONFIG="$(cat config.toml)" .      crates from a mirror
#
# Proxies are passed on with Docker's own HTTP_PROXY, HTTPS_PROXY and NO_PROXY arguments.

FROM rust:1-slim-bookworm AS dependencies
ARG PROFILE=release
# A cargo configuration for this build alone, for example with a mirror; it stays in this stage.
ARG CARGO_CONFIG=
ENV CARGO_TARGET_DIR=/target CARGO_INCREMENTAL=0
COPY Cargo.toml Cargo.lock /src/
COPY crates/lines/Cargo.toml /src/crates/lines/
COPY crates/model/Cargo.toml /src/crates/model/
COPY crates/rehearsal/Cargo.toml /src/crates/rehearsal/
# Sources that say nothing: this layer is made again only when a manifest changes.
RUN set -eu; cd /src; \
    if [ -n "$CARGO_CONFIG" ]; then printf '%s\n' "$CARGO_CONFIG" >"$CARGO_HOME/config.toml"; fi; \
    mkdir -p src benches crates/lines/src crates/model/src crates/rehearsal/src; \
    echo 'fn main() {}' | tee src/main.rs benches/formats.rs >benches/mutations.rs; \
    touch src/lib.rs crates/lines/src/lib.rs crates/model/src/lib.rs crates/rehearsal/src/lib.rs; \
    cargo build --locked --profile "$PROFILE" --bin release-action

FROM dependencies AS build
ARG PROFILE=release
COPY . /src/
# Sources may be older than the empty ones that cargo has compiled, and it compares times.
RUN set -eu; cd /src; \
    find src crates -name '*.rs' -exec touch {} +; \
    cargo build --locked --profile "$PROFILE" --bin release-action; \
    install -D -s /target/*/release-action /out/usr/local/bin/release-action

FROM debian:bookworm-slim AS system
# Of Git, what reads a repository and speaks to a forge. Its commands in Perl (`git add -p`), its servers
# and its second copies are three quarters of the package, and nobody calls them here.
RUN set -eu; \
    apt-get update -qq; \
    apt-get install -y -qq --no-install-recommends ca-certificates git >/dev/null; \
    dpkg --purge --force-depends git-man liberror-perl perl perl-modules-5.36 libperl5.36 >/dev/null 2>&1; \
    cd /usr/lib/git-core; \
    rm -rf git-daemon git-http-backend git-http-push git-imap-send git-shell git-sh-i18n--envsubst scalar \
        /usr/bin/git-shell /usr/bin/scalar /usr/share/gitweb /usr/share/bash-completion \
        /var/lib/apt/lists/* /var/cache/apt/* /var/cache/debconf/* /var/lib/dpkg/*-old /var/log/* \
        /usr/share/doc/* /usr/share/man/* /usr/share/locale/* /usr/share/info/*; \
    ln -sf ../../bin/git git; \
    git --version

# Its files alone: what was removed above stays in the base's layer, and would be loaded with it.
FROM scratch
LABEL org.opencontainers.image.title="release-action" \
      org.opencontainers.image.description="Takes a commit to a release that cannot half-happen" \
      org.opencontainers.image.source="https://github.com/org/release-action" \
      org.opencontainers.image.licenses="MIT OR Apache-2.0"
ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
COPY --from=system / /
COPY --from=build /out/ /
ENTRYPOINT ["/usr/local/bin/release-action", "action"]
