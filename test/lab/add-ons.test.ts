import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { drive, type Driven } from './drive.ts';

const SHOP = fileURLToPath(new URL('../../src/lab/scenarios/healthy-shop', import.meta.url));
const HOST = 'shop.example.com';

const RESOLVE = `
const { Resolver } = require('dns').promises;
const [server, name, type] = process.argv.slice(1);
const resolver = new Resolver({ timeout: 900, tries: 1 });
resolver.setServers([server]);
resolver.resolve(name, type).then((found) => console.log(found.toSorted().join()), (error) => console.log(error.code));`;

describe('DNS', () => {
  let lab: Driven;
  beforeAll(async () => void (lab = await drive()));
  afterAll(async () => lab[Symbol.asyncDispose]());
  const resolve = async (name: string, type = 'A', server = '10.96.0.10') =>
    (await lab.run(lab.clientOn('worker-3'), process.execPath, '-e', RESOLVE, server, name, type)).stdout.trim();

  test.each([
    ['server.echo.svc.cluster.local', 'A', '10.96.77.1'],
    ['server.echo.svc.cluster.local', 'AAAA', 'ENODATA'],
    ['kubernetes.default.svc.cluster.local', 'A', '10.96.0.1'],
    ['nowhere.echo.svc.cluster.local', 'A', 'ENOTFOUND'],
    ['outside.example.com', 'A', '172.30.0.1'],
    ['outside.example.com.echo.svc.cluster.local', 'A', 'ENOTFOUND'],
    ['www.example.org', 'A', 'ENOTFOUND'],
  ])('%s %s is %s', async (name, type, answer) => expect(await resolve(name, type)).toBe(answer));
});

describe.each([
  { ingress: 'host', port: 80, tls: 443 },
  { ingress: 'pod', port: 30080, tls: 30443 },
])('ingress on the $ingress network', ({ ingress, port, tls }) => {
  let lab: Driven;
  beforeAll(async () => void (lab = await drive({ ingress }, SHOP)));
  afterAll(async () => lab[Symbol.asyncDispose]());

  test('every node leads to the shop from the first request on', async () => {
    for (const node of ['1', '2', '3']) {
      const { status, body } = await lab.fetch('lab', `http://172.30.0.1${node}:${port}/`, { host: HOST });
      expect(status).toBe(200);
      expect(body).toMatch(/^web-/u);
    }
  });

  test('it speaks TLS, and knows no other host', async () => {
    expect((await lab.fetch('lab', `https://172.30.0.11:${tls}/`, { host: HOST })).status).toBe(200);
    expect((await lab.fetch('lab', `http://172.30.0.11:${port}/`, { host: 'other.example.com' })).status).toBe(404);
  });
});

test('a hostNetwork ingress that the policy misses waits 5 s for its connect timeout', async () => {
  await using lab = await drive({}, SHOP.replace('healthy-shop', 'policy-misses-hostnetwork'));
  const answers = [];
  for (let attempt = 0; attempt < 4; attempt += 1) {
    answers.push(await lab.fetch('lab', 'http://172.30.0.11/', { host: HOST, limitMs: 17_000 }));
  }
  const slow = answers.filter(({ ms }) => ms > 4900);
  expect(slow.length).toBeGreaterThan(0);
  for (const { ms } of slow) expect(Math.abs(ms / 5000 - Math.round(ms / 5000))).toBeLessThan(0.08);
});
