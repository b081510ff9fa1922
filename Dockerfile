# Three stages: Go builds the function starlark, the project's own tools build the bundle; the image has both, Node.js
# and git.
FROM golang:1.26-bookworm AS starlark
WORKDIR /src
COPY src/function-runtime/starlark ./
# As `make starlark`.
RUN CGO_ENABLED=0 GOOS=wasip1 GOARCH=wasm \
    go build -trimpath -buildvcs=false "-ldflags=-s -w" -o /starlark.wasm .

FROM node:24-bookworm-slim AS build
WORKDIR /src
COPY package.json package-lock.json ./
RUN npm install --no-save --no-audit --no-fund
COPY src src
COPY Makefile tsconfig.json ./
RUN touch node_modules/.installed && make bundle

FROM node:24-bookworm-slim
RUN apt-get update \
 && apt-get install --yes --no-install-recommends git openssh-client ca-certificates \
 && rm -rf /var/lib/apt/lists/* \
 && mkdir -p /var/lib/pkgserver && chown 65532:65532 /var/lib/pkgserver
WORKDIR /app
COPY --from=build /src/dist/ ./
COPY --from=starlark /starlark.wasm ./
COPY LICENSE ./
USER 65532:65532
ENV NODE_ENV=production PKGSERVER_DATA_DIR=/var/lib/pkgserver
# The default young generation grows to 128 MiB before short-lived objects are collected.
ENV NODE_OPTIONS=--max-semi-space-size=8
EXPOSE 8081
ENTRYPOINT ["node", "/app/main.js"]
