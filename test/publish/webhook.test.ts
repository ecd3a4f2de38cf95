import type { ServerResponse } from 'node:http';
import { expect, test } from 'vitest';
import { Notice } from '../../src/publish/notice/notice.ts';
import { publish } from '../../src/publish/publish.ts';
import type { WebhookSettings } from '../../src/publish/settings.ts';
import { broken, NOWHERE, sweep, target, world } from './make.ts';
import { deadUrl, startServer } from './server.ts';

const SECRET = '/services/T000/B000/s3cr3t?token=s3cr3t';
const FAULTY = sweep([broken('shop')]);

/** Short waits: chance takes half of them. */
function tell(url: string, changes: Partial<WebhookSettings> & { readonly limitMs?: number } = {}, report = FAULTY) {
  const { limitMs = 5000, ...webhook } = changes;
  return publish(
    report,
    { ...NOWHERE, webhook: { url, kind: 'json', always: false, ...webhook } },
    { ...world({ random: () => 1 }), limitMs },
  );
}

test('nothing is told where nothing changed', async () => {
  await using server = await startServer();
  expect(await tell(server.url, {}, sweep([target('a'), broken('b', { change: 'same' })]))).toEqual([]);
  expect(server.received).toEqual([]);
});

test('where it is asked for, each sweep is told', async () => {
  await using server = await startServer();
  expect(await tell(server.url, { always: true }, sweep([target('a')]))).toEqual([]);
  expect(server.received).toHaveLength(1);
});

test('a change is told as JSON', async () => {
  await using server = await startServer();
  expect(await tell(server.url + SECRET)).toEqual([]);
  const [{ method, path, headers, body } = { body: '' }] = server.received;
  expect([method, path, headers?.['content-type']]).toEqual(['POST', SECRET, 'application/json']);
  expect(Notice.parse(JSON.parse(String(body))).changes).toHaveLength(1);
});

test('a change is told as Slack takes it', async () => {
  await using server = await startServer();
  expect(await tell(server.url, { kind: 'slack' })).toEqual([]);
  expect(Object.keys(JSON.parse(String(server.received[0]?.body)) as object)).toEqual(['text', 'blocks']);
});

test('user and password of the address are sent as such', async () => {
  await using server = await startServer();
  await tell(server.url.replace('//', '//jane:p%40ss@'));
  expect(server.received[0]?.headers.authorization).toBe(`Basic ${Buffer.from('jane:p@ss').toString('base64')}`);
});

test.for<[string, (response: ServerResponse) => void]>([
  ['busy', (response) => response.writeHead(503).end()],
  ['too many requests', (response) => response.writeHead(429, { 'retry-after': '0' }).end()],
  ['a connection that breaks', (response) => response.destroy()],
])('after %s it is tried again', async ([, first]) => {
  await using server = await startServer((response, nth) => (nth === 1 ? first(response) : response.end('ok')));
  expect(await tell(server.url)).toEqual([]);
  expect(server.received).toHaveLength(2);
  expect(server.received[1]?.body).toEqual(server.received[0]?.body);
});

test('Retry-After is heeded', async () => {
  await using server = await startServer((response, nth) =>
    response.writeHead(nth === 1 ? 429 : 200, { 'retry-after': '1' }).end(),
  );
  const startedAt = performance.now();
  expect(await tell(server.url)).toEqual([]);
  expect(performance.now() - startedAt).toBeGreaterThan(990);
});

test.for<[string, (response: ServerResponse) => void, RegExp]>([
  ['refuses', (response) => response.writeHead(403).end(`no ${SECRET}`), /^it refuses the message \(403\)$/],
  [
    'redirects',
    (response) => response.writeHead(307, { location: `https://evil.example${SECRET}` }).end(),
    /^it redirects to https:\/\/evil\.example \(307\)/,
  ],
  ['wants an hour', (response) => response.writeHead(429, { 'retry-after': '3600' }).end(), /^it answers 429/],
  ['hangs', () => undefined, /^no answer in time$/],
  ['begins and hangs', (response) => response.writeHead(503).write('…'), /^no answer in time$/],
  ['speaks something else', (response) => response.socket?.end('SSH-2.0-OpenSSH\r\n'), /does not speak HTTP$/],
])('a server that %s is one line, tried once, without the secret', async ([kind, answer, because]) => {
  await using server = await startServer(answer);
  const limitations = await tell(server.url + SECRET, { limitMs: kind.endsWith('hangs') ? 300 : 5000 });
  expect(limitations).toEqual([{ what: `webhook ${server.url}`, because: expect.stringMatching(because) }]);
  expect(JSON.stringify(limitations)).not.toContain('s3cr3t');
  expect(server.received).toHaveLength(1);
});

test('a server that is not there is tried until the time is up', async () => {
  const limitations = await tell((await deadUrl()) + SECRET, { limitMs: 1000 });
  expect(limitations).toEqual([
    { what: expect.stringMatching(/^webhook http:\/\/127/), because: 'not reached (ECONNREFUSED)' },
  ]);
});

test.for(['', 'not a url', 'file:///etc/passwd', 'http://'])('"%s" is no address', async (url) => {
  expect(await tell(url)).toEqual([{ what: 'webhook', because: 'its address is not an http or https URL' }]);
});
