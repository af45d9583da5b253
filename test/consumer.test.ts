import { existsSync } from 'node:fs';
import { mkdir, readdir, realpath, rm, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { packPackages } from './support/packed-packages.ts';
import { plant, publishedPackages, ROOT, runOk, temporaryFolder } from './support/repository.ts';

const packages = await publishedPackages();
const entries = packages.flatMap((found) => found.entries);

// What a user has beside our packages. Linked, not installed: these are not what is tested here.
const LINKED = [
  ['express', 'express'],
  ['express', '@types/express'],
  ['express', '@types/node'],
  ['express', 'prom-client'],
  ['express', '@opentelemetry/api'],
  ['client', 'react'],
] as const;

const TSCONFIG = {
  compilerOptions: {
    module: 'nodenext',
    target: 'es2022',
    strict: true,
    outDir: 'out',
    rootDir: '.',
    types: ['node'],
    lib: ['es2023', 'esnext.disposable', 'dom'],
  },
  include: ['*.mts', '*.cts'],
};

// A module whose types are not found would be `any` in the eyes of a lenient user, and pass everything.
const TYPED = `
type IsAny<Value> = 0 extends 1 & Value ? true : false;
const broadcaster: Broadcaster = new Broadcaster();
const found: [IsAny<typeof broadcaster>, IsAny<typeof nodeSink>, IsAny<typeof sse>] = [false, false, false];
const client: [IsAny<typeof openEventStream>, IsAny<typeof FetchEventSource>, IsAny<typeof useTopic>] = [false, false, false];
const functions: ((...parameters: never[]) => unknown)[] = [nodeSink, sse, openEventStream, useTopic];
const source: EventSource = new FetchEventSource('http://localhost/');
source.close();
console.log(found, client, functions, Object.keys({ ...web, ...testing }));
`;

const TYPED_ESM = `
import { openEventStream } from '@sse/client';
import { FetchEventSource } from '@sse/client/event-source';
import { useTopic } from '@sse/client/react';
import { Broadcaster } from '@sse/core';
import { nodeSink } from '@sse/core/node';
import * as testing from '@sse/core/testing';
import * as web from '@sse/core/web';
import { sse } from '@sse/express';
${TYPED}`;

const TYPED_CJS = `
import clients = require('@sse/client');
import sources = require('@sse/client/event-source');
import hooks = require('@sse/client/react');
import core = require('@sse/core');
import node = require('@sse/core/node');
import testing = require('@sse/core/testing');
import web = require('@sse/core/web');
import express = require('@sse/express');
import Broadcaster = core.Broadcaster;
import nodeSink = node.nodeSink;
import sse = express.sse;
import openEventStream = clients.openEventStream;
import FetchEventSource = sources.FetchEventSource;
import useTopic = hooks.useTopic;
${TYPED}`;

/** A program that prints, for every entry it is given, a line of JSON: the entry and what it exports. */
const printNames = (load: string): string => `
for (const entry of process.argv.slice(2)) {
  const names = Object.keys(${load}).sort();
  console.log(JSON.stringify([entry, names]));
}
`;

let folder: string;

/** A folder of the kind a user has: our packages, from their tarballs, beside Express. */
beforeAll(async () => {
  folder = await realpath(await temporaryFolder());
  const tarballs = join(folder, 'tarballs');
  await mkdir(tarballs);
  const packed = await packPackages(tarballs);
  const dependencies = Object.fromEntries(packed.map(({ name, tarball }) => [name, `file:${tarball}`]));
  await plant(folder, {
    'package.json': JSON.stringify({ name: 'consumer', private: true, dependencies }),
    'tsconfig.json': JSON.stringify(TSCONFIG),
    'names.mjs': printNames('await import(entry)'),
    'names.cjs': printNames('require(entry)'),
    'typed.mts': TYPED_ESM,
    'typed.cts': TYPED_CJS,
  });
  const quiet = ['--no-audit', '--no-fund', '--no-package-lock', '--ignore-scripts', '--prefer-offline'];
  await runOk(folder, 'npm', 'install', '--legacy-peer-deps', ...quiet);
  await Promise.all(LINKED.map(([from, name]) => link(from, name)));
});

afterAll(() => rm(folder, { recursive: true, force: true }));

/** Links what one of our packages is developed with. */
async function link(from: string, name: string): Promise<void> {
  const { resolve } = createRequire(join(ROOT, 'packages', from, 'package.json'));
  // By its folder: a package need not export its `package.json`.
  const places = (resolve.paths(name) ?? []).map((modules) => join(modules, name));
  const source = await realpath(places.find(existsSync) ?? name);
  const place = join(folder, 'node_modules', name);
  await mkdir(dirname(place), { recursive: true });
  await symlink(source, place, 'dir');
}

/** The names that each entry exports, as `file` sees them. */
async function exportedNames(file: string): Promise<Record<string, readonly string[]>> {
  const lines = (await runOk(folder, process.execPath, file, ...entries)).trim().split('\n');
  return Object.fromEntries(lines.map((line) => JSON.parse(line) as [string, readonly string[]]));
}

test.each(packages.map(({ name }) => name))(
  '%s comes from its tarball, which holds nothing but what is published',
  async (name) => {
    const installed = join(folder, 'node_modules', name);
    expect(await realpath(installed)).toBe(installed);
    const published = ['CHANGELOG.md', 'LICENSE', 'README.md', 'dist', 'package.json'];
    expect((await readdir(installed)).filter((file) => !published.includes(file))).toEqual([]);
  },
);

test('every entry gives the same names to import and to require, and at least one', async () => {
  const imported = await exportedNames('names.mjs');
  expect(Object.keys(imported)).toEqual(entries);
  expect(Object.entries(imported).filter(([, names]) => names.length === 0)).toEqual([]);
  expect(await exportedNames('names.cjs')).toEqual(imported);
});

test('there is no default export', async () => {
  const imported = await exportedNames('names.mjs');
  expect(Object.entries(imported).filter(([, names]) => names.includes('default'))).toEqual([]);
});

test('a strict TypeScript program compiles against the packages and runs, as ESM and as CommonJS', async () => {
  expect(await runOk(folder, 'tsc', '-p', '.')).toBe('');
  await runOk(folder, process.execPath, join('out', 'typed.mjs'));
  await runOk(folder, process.execPath, join('out', 'typed.cjs'));
});
