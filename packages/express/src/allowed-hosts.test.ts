import express from 'express';
import { expect, test } from 'vitest';
import { RawConnection } from '../test/raw-connection.ts';
import { serve } from '../test/serve.ts';
import { allowedHosts } from './allowed-hosts.ts';

async function statusOf(...headers: readonly string[]): Promise<number> {
  const app = express().use(
    allowedHosts({ hosts: ['Hub.example.com'], origins: ['https://app.example.com'] }),
    (_, response) => void response.send('in'),
  );
  const connection = await RawConnection.open((await serve(app)).port);
  connection.send('GET / HTTP/1.1', ...headers, '');
  await connection.has('\r\n\r\n');
  return Number(connection.text.slice(9, 12));
}

test.each([
  ['Host: localhost:8000'],
  ['Host: LOCALHOST'],
  ['Host: app.localhost:1'],
  ['Host: 127.0.0.1'],
  ['Host: 127.9.9.9:80'],
  ['Host: [::1]:8000'],
  ['Host: hub.example.com'],
  ['Host: HUB.example.com:443'],
  ['Host: localhost', 'Origin: http://localhost:5173'],
  ['Host: localhost', 'Origin: http://[::1]:5173'],
  ['Host: localhost', 'Origin: https://app.example.com'],
  ['Host: localhost', 'Origin: https://hub.example.com'],
])('%s %s is let in', async (...headers) => {
  expect(await statusOf(...headers)).toBe(200);
});

test.each([
  ['Host: evil.example'],
  ['Host: evil.example:8000'],
  ['Host: localhost.evil.example'],
  ['Host: 127.0.0.1.evil.example'],
  ['Host: hub.example.com.evil.example'],
  ['Host: '],
  ['Host: ['],
  ['Host: localhost@evil.example'],
  ['Host: [::2]'],
  ['Host: localhost', 'Origin: http://evil.example'],
  ['Host: localhost', 'Origin: null'],
  ['Host: localhost', 'Origin: https://app.example.com.evil.example'],
  ['Host: localhost', 'Origin: file://localhost'],
])('%s %s is refused with 403', async (...headers) => {
  expect(await statusOf(...headers)).toBe(403);
});

test('two hosts are refused with 400', async () => {
  expect(await statusOf('Host: localhost', 'Host: evil.example')).toBe(400);
});

test.each(['a b', 'http://x', 'x:80', ''])('%j is no name for a host', (host) => {
  expect(() => allowedHosts({ hosts: [host] })).toThrow(/Expected `hosts`/);
});
