FROM node:24-slim AS build
WORKDIR /build
COPY package.json package-lock.json .npmrc ./
# Without install scripts: they bring a Node and a bundler that are there already.
RUN npm ci --ignore-scripts
COPY scripts scripts
COPY probes probes
COPY src src
RUN /usr/local/bin/node scripts/image.ts /kprobe

# docker build --target trace: what --trace-rules needs on the nodes beside Node. Programs of the packet filter, and no other change.
FROM node:24-slim AS trace
LABEL org.opencontainers.image.title="kprobe, with nftables" \
      org.opencontainers.image.description="kprobe's image for diagnose --trace-rules" \
      org.opencontainers.image.licenses=Apache-2.0
RUN apt-get update && apt-get install --yes --no-install-recommends nftables iptables && rm -rf /var/lib/apt/lists/*
ENV NODE_ENV=production
COPY --from=build /kprobe /kprobe
RUN ln -s /kprobe/dist/src/bin/cli.mjs /usr/local/bin/kprobe
USER 65532:65532
ENTRYPOINT ["kprobe"]

# The image that probes use by default: a node that has it pulls only kprobe's own layer.
FROM node:24-slim
LABEL org.opencontainers.image.title=kprobe \
      org.opencontainers.image.description="Active connectivity prober and latency diagnoser for Kubernetes" \
      org.opencontainers.image.licenses=Apache-2.0
ENV NODE_ENV=production
COPY --from=build /kprobe /kprobe
RUN ln -s /kprobe/dist/src/bin/cli.mjs /usr/local/bin/kprobe
# By number, so that runAsNonRoot can be checked; any other will do, and no file is written.
USER 65532:65532
ENTRYPOINT ["kprobe"]
