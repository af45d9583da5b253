import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { loadConfig } from '../src/config.ts';
import { VARIABLES } from '../src/variables.ts';
import { readDockerfile, textsOf, wordsOf } from './support/dockerfile.ts';
import { MAIN } from './support/server-process.ts';

const DEPLOY = new URL('../../../deploy/', import.meta.url);
const read = (file: string): string => readFileSync(new URL(file, DEPLOY), 'utf8');

interface Service {
  readonly image?: string;
  readonly build?: string;
  readonly environment?: Readonly<Record<string, string>>;
  readonly volumes?: readonly string[];
  readonly networks?: readonly string[];
  readonly depends_on?: Readonly<Record<string, object>>;
  readonly ulimits?: { readonly nofile: { readonly soft: number } };
  readonly stop_grace_period?: string;
}

interface Compose {
  readonly services: Readonly<Record<string, Service>>;
  readonly volumes: Readonly<Record<string, unknown>>;
  readonly networks: Readonly<Record<string, unknown>>;
}

interface Manifest {
  readonly kind: string;
  readonly spec: {
    readonly selector: unknown;
    readonly template?: {
      readonly metadata: { readonly labels: object };
      readonly spec: {
        readonly terminationGracePeriodSeconds: number;
        readonly containers: readonly { readonly env: readonly { name: string; value: string }[] }[];
      };
    };
  };
}

const compose = parse(read('docker-compose.yml'), { merge: true }) as Compose;
const services = Object.entries(compose.services);
const isPinned = (image: string): boolean => /^[a-z0-9./-]+:v?\d+\.\d+\.\d+(-[a-z0-9-]+)?$/.test(image);
const known = new Set(VARIABLES.map(({ name }) => name));
const SECRET = 'x'.repeat(32);

test('every image is pinned to a release, and both stages of ours to the same', () => {
  const bases = readDockerfile().map((steps) => textsOf(steps, 'FROM')[0]?.replace(/ AS \w+$/, '') ?? '');
  const images = services.flatMap(([, { image, build }]) => (build === undefined ? [image ?? ''] : []));
  expect([...bases, ...images].filter((image) => !isPinned(image))).toEqual([]);
  expect(new Set(bases).size).toBe(1);
});

test('the image runs as somebody who is not root, checks its health, and writes to /data alone', () => {
  const steps = readDockerfile().at(-1) ?? [];
  expect(textsOf(steps, 'USER')).toEqual(['node']);
  expect(textsOf(steps, 'VOLUME')).toEqual(['/data']);
  expect(textsOf(steps, 'ENV').join(' ')).toContain('DATA_DIR=/data');
  expect(wordsOf(textsOf(steps, 'ENTRYPOINT')[0] ?? '')).toEqual(['tini', '--']);
  expect(wordsOf(textsOf(steps, 'HEALTHCHECK')[0] ?? '')[0]).toBe('node');
});

test('every file that compose mounts is there, and every volume, network and service that it names', () => {
  const wrong = services.flatMap(([name, { volumes = [], networks = [], depends_on = {} }]) =>
    [
      ...volumes
        .map((volume) => volume.split(':')[0] ?? '')
        // The certificate is whoever runs it to bring.
        .filter((source) => source !== './tls')
        .filter((source) =>
          source.startsWith('.') ? !existsSync(new URL(source, DEPLOY)) : !(source in compose.volumes),
        ),
      ...networks.filter((network) => !(network in compose.networks)),
      ...Object.keys(depends_on).filter((other) => !(other in compose.services)),
    ].map((what) => `${name}: ${what}`),
  );
  expect(wrong).toEqual([]);
});

test('the settings in compose and Kubernetes are settings of the server, and fit together', () => {
  const manifests = parseAllDocuments(read('kubernetes.yaml')).map((one) => one.toJS() as Manifest);
  const pod = manifests.find(({ kind }) => kind === 'Deployment')?.spec.template;
  const container = pod?.spec.containers[0];
  const inPod = Object.fromEntries((container?.env ?? []).map(({ name, value }) => [name, value]));
  for (const settings of [compose.services['server-1']?.environment ?? {}, inPod]) {
    expect(Object.keys(settings).filter((name) => !known.has(name))).toEqual([]);
    // Throws for a wrong value.
    loadConfig({ ...settings, JWT_SECRET: SECRET });
  }
  expect(pod?.spec.terminationGracePeriodSeconds).toBeGreaterThan(Number(inPod['DRAIN_SECONDS']) + 5);
  for (const { kind, spec } of manifests.filter(({ kind: one }) => one !== 'Deployment'))
    expect([kind, JSON.stringify(spec.selector)]).toEqual([kind, expect.stringContaining('sse-server')]);
});

test('the hubs in compose may have more descriptors than clients, and longer to end than they drain', () => {
  for (const name of ['server-1', 'server-2']) {
    const { environment = {}, ulimits, stop_grace_period: grace } = compose.services[name] ?? {};
    expect(ulimits?.nofile.soft).toBeGreaterThan(Number(environment['MAX_CLIENTS']) + 1_000);
    expect(Number.parseInt(grace ?? '', 10)).toBeGreaterThan(Number(environment['DRAIN_SECONDS']));
  }
});

test('every recipe names the hubs that compose starts, at the ports where they listen', () => {
  for (const file of ['nginx.conf', 'Caddyfile', 'haproxy.cfg'])
    expect(read(file).match(/server-[12]:\d+/g)).toEqual(['server-1:8000', 'server-2:8000']);
  expect(read('prometheus/prometheus.yml')).toContain('"server-1:9464", "server-2:9464"');
});

test('Grafana finds the dashboard and the Prometheus of compose', () => {
  const mounts = compose.services['grafana']?.volumes ?? [];
  const { providers } = parse(read('grafana/provisioning/dashboards/sse.yml')) as {
    providers: { options: { path: string } }[];
  };
  expect(mounts.map((mount) => mount.split(':')[1])).toContain(
    `${providers[0]?.options.path}/dashboard.json`,
  );
  expect(read('grafana/provisioning/datasources/prometheus.yml')).toContain('url: http://prometheus:9090');
});

const hasSystemd = spawnSync('systemd-analyze', ['--version']).status === 0;

test.skipIf(!hasSystemd)('systemd knows every line of the unit', () => {
  const folder = mkdtempSync(join(tmpdir(), 'sse-unit-'));
  const unit = read('sse-server.service')
    .replace('/usr/bin/node', process.execPath)
    .replace('/opt/sse/apps/server/dist/main.js', MAIN);
  writeFileSync(join(folder, 'sse-server.service'), unit);
  const { status, stderr } = spawnSync('systemd-analyze', ['verify', join(folder, 'sse-server.service')], {
    encoding: 'utf8',
  });
  rmSync(folder, { recursive: true });
  expect({ status, said: stderr.split('\n').filter((line) => line.includes('sse-server.service')) }).toEqual({
    status: 0,
    said: [],
  });
});
