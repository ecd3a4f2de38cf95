import { createServer as createTlsServer } from 'node:https';
import { createServer as createTcpServer, type AddressInfo } from 'node:net';
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { connect } from '../../src/api/client.ts';
import { UserError } from '../../src/model/user-error.ts';
import { apiServer, bareServer, connectTo, file, json, kubeconfig, status } from './api-server.ts';

async function trouble(options: Parameters<typeof connect>[0]): Promise<string> {
  const error = await connect(options).then(
    () => null,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(UserError);
  const { message, hint } = error as UserError;
  expect(message).not.toContain('\n');
  return `${message} | ${hint ?? ''}`;
}

const soon = { timeoutMs: 2000, retryDelaysMs: [5] };
const signal = AbortSignal.timeout(60_000);

describe('connect', () => {
  test('tells who and where it is when the API answers', async () => {
    await using server = await apiServer((_, response) => json(response, 404, status(404, 'NotFound')));
    const client = await connectTo(server);
    expect(client).toMatchObject({ context: 'here', namespace: 'team', server: server.url, version: 'v1.34.0' });
    await client.close();
  });

  test('takes 403 for an answer, since a version may be hidden', async () => {
    await using server = await bareServer((_, response) => json(response, 403, status(403, 'Forbidden')));
    const client = await connectTo(server);
    expect(client.version).toBeNull();
    await client.close();
  });

  test.for<[string, Partial<Parameters<typeof connect>[0]>, RegExp]>([
    ['no kubeconfig anywhere', { env: { HOME: '/nonexistent' } }, /No kubeconfig found.*\| set KUBECONFIG/],
    ['KUBECONFIG that leads nowhere', { env: { KUBECONFIG: '/nonexistent/a' } }, /No kubeconfig at \/nonexistent\/a/],
    ['a missing file', { kubeconfig: '/nonexistent/b' }, /There is no kubeconfig at \/nonexistent\/b/],
    ['a folder', { kubeconfig: tmpdir() }, /cannot be used/],
    ['an empty file', { kubeconfig: file('') }, /cannot be used|no current context/],
    ['no YAML', { kubeconfig: file('a: [b\n c: }') }, /cannot be used/],
    ['a list', { kubeconfig: file('- 1\n- 2') }, /no current context|cannot be used/],
    [
      'an unknown context',
      { kubeconfig: kubeconfig('http://127.0.0.1:1'), context: 'stagin' },
      /no context "stagin" \| did you mean staging/,
    ],
    ['a server that is no URL', { kubeconfig: kubeconfig('ftp:nowhere') }, /leads to no cluster with a server address/],
    ['a closed port', { kubeconfig: kubeconfig('http://127.0.0.1:1') }, /Nothing listens at http:\/\/127.0.0.1:1/],
    [
      'a name that does not exist',
      { kubeconfig: kubeconfig('http://nowhere.invalid') },
      /nowhere.invalid (does not exist|could not be looked up)/,
    ],
    [
      'a credential plugin that is not installed',
      {
        kubeconfig: kubeconfig('http://127.0.0.1:1', {
          user: {
            token: undefined,
            exec: { apiVersion: 'client.authentication.k8s.io/v1', command: 'no-such-plugin-here' },
          },
        }),
      },
      /need a file or program that is not there \| install the credential plugin/,
    ],
  ])('says in one line that it met %s', async ([, options, expected]) => {
    expect(await trouble({ ...soon, signal, env: {}, ...options })).toMatch(expected);
  });

  test('passes over the missing ones of several kubeconfigs, and takes the first context', async () => {
    await using server = await bareServer((_, response) => json(response, 200, { gitVersion: 'v1' }));
    const both = `/nonexistent/c:${kubeconfig(server.url)}:${kubeconfig('http://127.0.0.1:1')}`;
    const client = await connect({ ...soon, signal, env: { KUBECONFIG: both } });
    expect(client.server).toBe(server.url);
    await client.close();
  });

  test.for<[string, (response: import('node:http').ServerResponse) => void, RegExp]>([
    [
      'expired credentials',
      (response) => json(response, 401, status(401, 'Unauthorized')),
      /does not accept the credentials of context "here"/,
    ],
    [
      'a login page',
      (response) => response.writeHead(200, { 'content-type': 'text/html' }).end('<html>'),
      /not as a Kubernetes API/,
    ],
    [
      'an error page',
      (response) => response.writeHead(404, { 'content-type': 'text/html' }).end('<html>'),
      /not as a Kubernetes API/,
    ],
    ['other JSON', (response) => json(response, 200, { hello: 1 }), /not as a Kubernetes API/],
    [
      'a broken server',
      (response) => json(response, 500, status(500, 'InternalError', 'etcd is down')),
      /answers 500: etcd is down/,
    ],
  ])('says in one line that it met %s', async ([, answer, expected]) => {
    await using server = await bareServer((_, response) => answer(response));
    expect(await trouble({ ...soon, signal, kubeconfig: kubeconfig(server.url) })).toMatch(expected);
  });

  test('gives up a server that accepts and then says nothing', async () => {
    const server = createTcpServer(() => {}).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const url = `http://127.0.0.1:${port}`;
    const startedAt = Date.now();
    expect(await trouble({ timeoutMs: 300, signal, kubeconfig: kubeconfig(url) })).toMatch(
      /did not answer within 0.3 s/,
    );
    expect(Date.now() - startedAt).toBeLessThan(2000);
    server.close();
  });

  test('says that a certificate is not trusted, and that plain http is not TLS', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'kprobe-test-'));
    const [key, cert] = [join(folder, 'key'), join(folder, 'cert')];
    execFileSync(
      'openssl',
      [
        'req',
        '-x509',
        '-newkey',
        'ec',
        '-pkeyopt',
        'ec_paramgen_curve:P-256',
        '-nodes',
        '-keyout',
        key,
        '-out',
        cert,
        '-subj',
        '/CN=x',
        '-days',
        '1',
      ],
      { stdio: 'ignore' },
    );
    const tls = createTlsServer({ key: readFileSync(key), cert: readFileSync(cert) }).listen(0, '127.0.0.1');
    await once(tls, 'listening');
    const { port } = tls.address() as AddressInfo;
    expect(await trouble({ ...soon, signal, kubeconfig: kubeconfig(`https://127.0.0.1:${port}`) })).toMatch(
      /not signed by the authority/,
    );
    tls.close();
    await using plain = await bareServer((_, response) => response.end());
    expect(await trouble({ ...soon, signal, kubeconfig: kubeconfig(plain.url.replace('http', 'https')) })).toMatch(
      /does not speak TLS/,
    );
  });
});
