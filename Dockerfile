# The same commit gives the same image, byte for byte: see docs/upgrading.md. NODE_IMAGE may name a mirror, or one digest of it; all files
# bear the date SOURCE_DATE_EPOCH, seconds since 1970, which BuildKit also writes into the image's own record.
ARG NODE_IMAGE=node:24-slim

FROM ${NODE_IMAGE} AS build
WORKDIR /build
COPY package.json package-lock.json .npmrc ./
# Without install scripts: they bring a Node and a bundler that are there already.
RUN npm ci --ignore-scripts
COPY scripts scripts
COPY probes probes
COPY src src
RUN /usr/local/bin/node scripts/image.ts /image/kprobe \
 && mkdir /image/kprobe/bin \
 && ln -s ../dist/src/bin/cli.mjs /image/kprobe/bin/kprobe
ARG SOURCE_DATE_EPOCH=0
RUN find /image -exec touch --no-dereference --date="@${SOURCE_DATE_EPOCH}" {} +

# docker build --target trace: what --trace-rules needs on the nodes beside Node: programs of the packet filter, and no other change. Any Debian since 12 has
# them by these names (bookworm: nftables 1.0.6, iptables 1.8.9, with iptables-legacy beside it); tables with an owner need nft 0.9.9.
FROM ${NODE_IMAGE} AS trace
LABEL org.opencontainers.image.title="kprobe, with nftables" \
      org.opencontainers.image.description="kprobe's image for diagnose --trace-rules" \
      org.opencontainers.image.licenses=Apache-2.0
RUN apt-get update \
 && apt-get install --yes --no-install-recommends nftables iptables \
 && rm -rf /var/lib/apt/lists/* \
 && nft --version \
 && iptables-legacy-save --version
ENV NODE_ENV=production \
    PATH=/kprobe/bin:$PATH
COPY --from=build /image /
USER 65532:65532
ENTRYPOINT ["kprobe"]

# The image that probes use by default: a node that has it pulls only kprobe's own layer.
FROM ${NODE_IMAGE}
LABEL org.opencontainers.image.title=kprobe \
      org.opencontainers.image.description="Active connectivity prober and latency diagnoser for Kubernetes" \
      org.opencontainers.image.licenses=Apache-2.0
ENV NODE_ENV=production \
    PATH=/kprobe/bin:$PATH
COPY --from=build /image /
# By number, so that runAsNonRoot can be checked; any other will do, and no file is written.
USER 65532:65532
ENTRYPOINT ["kprobe"]
