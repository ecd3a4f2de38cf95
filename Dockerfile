# syntax=docker/dockerfile:1
FROM node:24-slim AS build
WORKDIR /build
COPY package.json package-lock.json .npmrc ./
# Without install scripts: the one that brings Node is not needed in an image that is Node.
RUN npm ci --ignore-scripts
COPY tsconfig.json tsconfig.build.json ./
COPY scripts scripts
COPY probes probes
COPY src src
RUN npm rebuild esbuild && PATH=/build/node_modules/.bin:$PATH /usr/local/bin/node scripts/build.ts
RUN npm prune --omit=dev --ignore-scripts

FROM node:24-slim
LABEL org.opencontainers.image.title=kprobe \
      org.opencontainers.image.description="Active connectivity prober and latency diagnoser for Kubernetes" \
      org.opencontainers.image.licenses=Apache-2.0
ENV NODE_ENV=production
WORKDIR /kprobe
COPY --from=build /build/package.json ./
COPY --from=build /build/node_modules node_modules
COPY --from=build /build/dist dist
RUN ln -s /kprobe/dist/src/cli.js /usr/local/bin/kprobe
# By number, so that runAsNonRoot can be checked; the agent needs no other right and no writable file.
USER 65532:65532
ENTRYPOINT ["kprobe"]
