import type { ServerResponse } from 'node:http';
import { expect, test } from 'vitest';
import { publish } from '../../src/publish/publish.ts';
import { broken, NOWHERE, sweep, target, world } from './make.ts';
import { deadUrl, startServer } from './server.ts';

const tell = (url: string, report = sweep([broken('shop')]), limitMs = 5000) =>
  publish(report, { ...NOWHERE, pushgateway: { url } }, { ...world(), limitMs });

test.for(['', '/', '/behind/a/proxy/'])('all metrics of a sweep replace those of the last one (%s)', async (path) => {
  await using server = await startServer();
  expect(await tell(server.url + path)).toEqual([]);
  const [push] = server.received;
  const [, cluster, sweepName] =
    /\/metrics\/job\/kprobe\/cluster@base64\/([^/]+)\/sweep@base64\/([^/]+)$/.exec(push?.path ?? '') ?? [];
  expect(push?.method).toBe('PUT');
  expect(push?.path.startsWith(`${path.replace(/\/$/, '')}/metrics/`)).toBe(true);
  expect([cluster, sweepName].map((each) => Buffer.from(each ?? '', 'base64url').toString())).toEqual([
    'production',
    'sweep.yaml',
  ]);
  expect(String(push?.body)).toContain('kprobe_target_state{target="shop"');
});

test('what names the group is what the metrics say', async () => {
  await using server = await startServer();
  const report = sweep([target('a')], { series: '/etc/kprobe/"swéep".yaml\n', cluster: { id: '', name: '' } });
  expect(await tell(server.url, report)).toEqual([]);
  const [push] = server.received;
  const encoded = decodeURIComponent(push?.path ?? '').split('/');
  expect(encoded[5]).toBe('=');
  expect(Buffer.from(encoded[7] ?? '', 'base64url').toString()).toBe('/etc/kprobe/"swéep".yaml');
  expect(String(push?.body)).toContain('sweep="/etc/kprobe/\\"swéep\\".yaml",cluster=""');
});

/** Who hangs is not waited for long; who breaks gets a second try. */
const LIMITS_MS: Readonly<Record<string, number>> = {
  hangs: 300,
  'refuses and hangs': 300,
  'breaks the connection again and again': 1200,
};
test.for<[string, (response: ServerResponse) => void, RegExp]>([
  [
    'refuses',
    (response) => response.writeHead(400).end('pushed metrics are\ninconsistent'),
    /^it refuses the message \(400\): pushed metrics are inconsistent$/,
  ],
  [
    'redirects',
    (response) => response.writeHead(307, { location: 'https://evil.example' }).end(),
    /^it redirects to https:\/\/evil\.example \(307\)/,
  ],
  ['hangs', () => undefined, /^no answer in time$/],
  ['refuses and hangs', (response) => response.writeHead(400).write('…'), /^no answer in time$/],
  ['breaks the connection again and again', (response) => response.destroy(), /^not reached \(UND_ERR_SOCKET\)$/],
  [
    'floods',
    (response) => response.writeHead(400).end('x'.repeat(1e6)),
    /^it refuses the message \(400\): x{100,200}…$/,
  ],
])('a gateway that %s is one line', async ([kind, answer, because]) => {
  await using server = await startServer(answer);
  expect(await tell(server.url, undefined, LIMITS_MS[kind] ?? 5000)).toEqual([
    { what: `Pushgateway ${server.url}`, because: expect.stringMatching(because) },
  ]);
});

test('a gateway that is not there is one line, without user and password', async () => {
  const url = (await deadUrl()).replace('//', '//jane:s3cr3t@');
  const limitations = await tell(url, undefined, 1000);
  expect(limitations).toEqual([
    { what: expect.stringMatching(/^Pushgateway http:/), because: expect.stringContaining('ECONNREFUSED') },
  ]);
  expect(JSON.stringify(limitations)).not.toContain('s3cr3t');
});

test.for(['', 'push:9091', 'ftp://push'])('"%s" is no address', async (url) => {
  expect(await tell(url)).toEqual([{ what: 'Pushgateway', because: 'its address is not an http or https URL' }]);
});
