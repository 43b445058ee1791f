# The production image: one static program without the emulators, run by an unprivileged user on a read-only root.
#
#   docker build --build-arg VERSION="$(git describe --tags --always)" -t backup-portal .
#   docker run --read-only --cap-drop ALL -v portal-data:/data --env-file portal.env -p 8080:8080 backup-portal

# Style sheet and scripts, from the versions that package-lock.json pins.
FROM node:22-bookworm-slim AS assets
WORKDIR /src
COPY package.json package-lock.json .npmrc ./
RUN npm ci --omit=dev --no-audit --no-fund
COPY web ./web
RUN npm run build

FROM golang:1.26-bookworm AS build
ARG VERSION=unversioned
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY cmd ./cmd
COPY internal ./internal
COPY web ./web
COPY --from=assets /src/web/static/vendor ./web/static/vendor
RUN CGO_ENABLED=0 go build -tags production -trimpath -ldflags "-s -w -X main.version=${VERSION}" -o /out/portal ./cmd/portal
# A volume takes over the owner of the folder that it covers.
RUN mkdir -p /out/data

FROM scratch
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/
COPY --from=build /out/portal /portal
COPY --from=build --chown=65532:65532 /out/data /data
USER 65532:65532
# Inside a container the port is published by whoever runs it. SQLite sorts what is large in temporary files, and the
# volume is the only place to write.
ENV PORTAL_ADDR=:8080 \
    PORTAL_DATABASE_URL=sqlite:/data/portal.db \
    TMPDIR=/data
VOLUME /data
EXPOSE 8080
HEALTHCHECK --interval=15s --timeout=5s --start-period=10s --retries=3 CMD ["/portal", "healthcheck"]
ENTRYPOINT ["/portal"]
CMD ["serve"]
