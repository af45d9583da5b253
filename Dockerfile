# The hub as an image: docker build -t sse-server . — what each setting is for: docs/deployment.md.
FROM node:24.14.1-bookworm-slim AS build
WORKDIR /src
COPY . .
RUN node scripts/prepare.mjs --filter=server...
RUN node_modules/.bin/pnpm --filter=server --prod --legacy --config.minimumReleaseAge=0 deploy /app

FROM node:24.14.1-bookworm-slim
# tini: hands signals on, and reaps what a worker leaves behind.
RUN apt-get update \
  && apt-get install -y --no-install-recommends tini \
  && rm -rf /var/lib/apt/lists/*
WORKDIR /app
COPY --from=build /app /app
COPY --from=build /src/apps/demo/package.json /app/node_modules/demo/package.json
COPY --from=build /src/apps/demo/dist /app/node_modules/demo/dist
# The only folder that is written to: the rest of the file system may be read-only.
RUN mkdir /data && chown node:node /data
ENV NODE_ENV=production DATA_DIR=/data
VOLUME /data
USER node
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s --retries=3 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT || 8000}/health`).then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["tini", "--"]
CMD ["node", "dist/main.js"]
