/** `kprobe mcp` with the client of the protocol's own SDK: in one process with scripted stages, and once as a program. */
import { once } from 'node:events';
import { existsSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import { StdioServerTransport } from '@modelcontextprotocol/server/stdio';
import { expect, test } from 'vitest';
import type { Session } from '../../src/commands/command.ts';
import { runProgram } from '../../src/commands/program.ts';
import { stages, type Stages } from '../../src/commands/stages.ts';
import { TOOLS } from '../../src/commands/mcp-tools.ts';
import { notices, type Notice } from '../../src/commands/mcp-progress.ts';
import { openHistory } from '../../src/history/history.ts';
import type { DiagnoseRequest } from '../../src/model/request.ts';
import { UserError } from '../../src/model/user-error.ts';
import { report, startOf, target } from '../history/make.ts';
import { recording } from '../judge/make.ts';
import { meshRun } from '../judge/matrix/mesh-world.ts';
import { run as world, shopCluster, shopTarget } from '../judge/world.ts';
import { verdict } from '../render/samples.ts';

const measured = async () => ({ verdict: verdict(), recording: recording() });

interface Served extends AsyncDisposable {
  readonly client: Client;
  /** Resolves with the exit code. */
  readonly ended: Promise<number>;
  leave(): Promise<void>;
}

/** A server and a client that talk through two pipes. */
async function serve(scripted: Partial<Stages> = {}, argv: readonly string[] = []): Promise<Served> {
  const [up, down] = [new PassThrough(), new PassThrough()];
  const ended = runProgram(['mcp', ...argv], sessionOf(up, down, scripted));
  const client = new Client({ name: 'test', version: '1' });
  // Two streams are two streams, whichever end one stands at.
  await client.connect(new StdioServerTransport(down, up));
  const leave = async () => {
    up.end();
    await ended;
  };
  return { client, ended, leave, [Symbol.asyncDispose]: leave };
}

function sessionOf(stdin: PassThrough, stdout: PassThrough, scripted: Partial<Stages> = {}): Session {
  return {
    stdin,
    stdout,
    stderr: new PassThrough(),
    env: { XDG_STATE_HOME: mkdtempSync(join(tmpdir(), 'kprobe-mcp-')) },
    signal: new AbortController().signal,
    stages: { ...stages, connect: () => Promise.reject(new UserError('this test has no cluster')), ...scripted },
  };
}

interface Result {
  readonly isError?: boolean;
  readonly content: readonly { readonly type: string; readonly text?: string }[];
  readonly structuredContent?: unknown;
}

async function call(client: Client, name: string, args: Record<string, unknown>): Promise<Result> {
  return (await client.callTool({ name, arguments: args })) as Result;
}

test('tools are listed with what they take and give, all of them read-only', async () => {
  await using served = await serve();
  const { tools } = await served.client.listTools();
  expect(tools.map(({ name }) => name)).toEqual(['diagnose', 'matrix', 'explain', 'lint', 'history']);
  for (const { name, annotations, inputSchema, outputSchema, description } of tools) {
    expect({ name, ...annotations }).toMatchObject({ name, readOnlyHint: true, destructiveHint: false });
    expect([inputSchema.type, outputSchema?.type, typeof description]).toEqual(['object', 'object', 'string']);
  }
});

test('a diagnosis is the verdict by its schema, and the same in words', async () => {
  const asked: DiagnoseRequest[] = [];
  const diagnose: Stages['diagnose'] = async (request) => {
    asked.push(request);
    return measured();
  };
  await using served = await serve({ diagnose }, ['--context', 'staging', '--no-host']);
  const args = { target: 'svc/web', namespace: 'shop', from: 'shop/checkout', timeout: '20s' };
  const { structuredContent, content, isError } = await call(served.client, 'diagnose', args);
  expect({ structuredContent, isError }).toEqual({ structuredContent: verdict(), isError: undefined });
  expect(content[0]?.text).toContain(verdict().findings[0]?.title.split(' ')[0]);
  expect(asked[0]).toMatchObject({
    target: 'svc/web',
    namespace: 'shop',
    from: 'shop/checkout',
    context: 'staging',
    hostVantages: false,
    inside: false,
    timeoutMs: 20_000,
    slowAfterMs: 500,
  });
});

test('a matrix is its report', async () => {
  const mesh = meshRun();
  const given = { recording: mesh.recording, report: mesh.report() };
  await using served = await serve({ matrix: async () => given });
  const { structuredContent } = await call(served.client, 'matrix', { network: 'pod' });
  expect(structuredContent).toEqual(JSON.parse(JSON.stringify(given.report)));
});

test('explain judges a recording, and names candidates for timings', async () => {
  await using served = await serve();
  const run = JSON.stringify(world({ cluster: shopCluster(), target: shopTarget() }));
  expect((await call(served.client, 'explain', { text: run })).structuredContent).toMatchObject({
    verdict: { schema: 'kprobe/verdict/v1', status: 'healthy' },
    timings: null,
  });
  expect(
    (await call(served.client, 'explain', { text: '0.003\n5.004\n0.003\n5.003\n' })).structuredContent,
  ).toMatchObject({
    verdict: null,
    timings: { schema: 'kprobe/timings/v1', status: 'inconclusive' },
  });
});

const POLICY = `
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: { name: closed, namespace: shop }
spec:
  podSelector: {}
  policyTypes: [Ingress]
  egress: [{ to: [{ ipBlock: { cidr: 10.0.0.0/8 } }] }]
`;

test('lint reads manifests from the call', async () => {
  await using served = await serve();
  const { structuredContent, isError } = await call(served.client, 'lint', { manifests: POLICY });
  expect(isError).toBeUndefined();
  expect(structuredContent).toMatchObject({
    schema: 'kprobe/lint/v1',
    findings: [{ diagnosis: 'policy-ignores-rules' }],
  });
});

test('history tells of sweeps, and of one target', async () => {
  const file = join(mkdtempSync(join(tmpdir(), 'kprobe-mcp-history-')), 'history.sqlite');
  const past = await openHistory({ file, keepMs: 1e10, now: () => startOf(0) });
  await past.add(report(0, [target()]), new Map());
  past.close();
  await using served = await serve({}, ['--history', file]);
  const [sweeps, one] = [
    await call(served.client, 'history', {}),
    await call(served.client, 'history', { target: 'shop/web', limit: 3 }),
  ];
  expect(sweeps.structuredContent).toMatchObject({ sweeps: { file, clusters: [{ sweeps: [{}] }] }, target: null });
  expect(one.structuredContent).toMatchObject({ sweeps: null, target: { target: 'shop/web' } });
  expect(one.content[0]?.text).toContain('shop/web');
});

test.for([
  ['diagnose', { target: '' }, 'The target is empty'],
  ['diagnose', { target: 'svc/web', timeout: 'soon' }, '--timeout soon is not a duration'],
  ['diagnose', { target: 'svc/web', from: 'checkout' }, 'is not NAMESPACE/WORKLOAD'],
  ['diagnose', { target: 'svc/web', namespace: '-n' }, 'cannot be the name of a namespace'],
  ['diagnose', {}, 'target'],
  ['diagnose', { target: 'svc/web', kubeconfig: '/etc/other' }, 'kubeconfig'],
  ['diagnose', { target: 'svc/web', inside: true }, 'inside'],
  ['matrix', { protocol: 'icmp' }, 'protocol'],
  ['explain', {}, 'standard input is empty'],
  ['explain', { file: '/nowhere/run.json' }, 'There is no file /nowhere/run.json'],
  ['explain', { text: '{"schema":"kprobe/verdict/v1"}' }, 'a verdict, not a recording'],
  ['lint', { manifests: 'a: [' }, 'stdin:1:5: Flow sequence'],
  ['lint', {}, 'this test has no cluster'],
  ['history', { target: 'svc/web' }, 'history'],
] as const)('%s %j is told what is wrong', async ([name, args, says]) => {
  await using served = await serve({ diagnose: measured });
  const { isError, content, structuredContent } = await call(served.client, name, args);
  expect({ isError, structuredContent }).toEqual({ isError: true, structuredContent: undefined });
  expect(content[0]?.text).toContain(says);
  expect(content[0]?.text).not.toContain('bug in kprobe');
});

test('a bug is called one, and the server goes on', async () => {
  await using served = await serve({ diagnose: () => Promise.reject(new Error('oh')) });
  const { isError, content } = await call(served.client, 'diagnose', { target: 'svc/web' });
  expect({ isError, text: content[0]?.text }).toEqual({ isError: true, text: 'oh (this is a bug in kprobe)' });
  expect((await served.client.listTools()).tools).toHaveLength(TOOLS.length);
});

test('progress is told while it runs', async () => {
  const diagnose: Stages['diagnose'] = async ({ reportProgress }) => {
    reportProgress({ kind: 'stage', stage: 'discover', says: 'reading the cluster' });
    const path = { kind: 'path', id: 'a', from: 'x', to: 'y', planned: 4, lastMs: 3, state: 'open' } as const;
    reportProgress({ ...path, done: 1 });
    await sleep(600);
    reportProgress({ ...path, done: 3 });
    return measured();
  };
  await using served = await serve({ diagnose });
  const told: { progress: number; message?: string | undefined }[] = [];
  await served.client.callTool(
    { name: 'diagnose', arguments: { target: 'svc/web' } },
    { onprogress: (each) => void told.push(each) },
  );
  expect(told.map(({ message }) => message)).toEqual([
    'discover: reading the cluster',
    'collect: 3 of 4 attempts on 1 paths',
  ]);
});

/** A run that goes on until it is told to stop, and then takes a moment to clean up. */
function endless(log: string[], cleanUpMs = 50): Stages['diagnose'] {
  return async ({ target, signal }) => {
    log.push(`${target} began`);
    while (!signal.aborted) await sleep(5);
    await sleep(cleanUpMs);
    log.push(`${target} cleaned up`);
    return measured();
  };
}

test('a cancelled call ends its run, which cleans up; one measurement at a time', async () => {
  const log: string[] = [];
  await using served = await serve({ diagnose: endless(log) });
  const cancel = new AbortController();
  const start = (target: string) =>
    served.client
      .callTool({ name: 'diagnose', arguments: { target } }, { signal: cancel.signal })
      .catch(() => 'cancelled');
  const calls = [start('svc/one'), start('svc/two')];
  await expect.poll(() => log).toEqual(['svc/one began']);
  cancel.abort();
  expect(await Promise.all(calls)).toEqual(['cancelled', 'cancelled']);
  await expect.poll(() => log).toEqual(['svc/one began', 'svc/one cleaned up']);
});

test('a client that leaves ends what runs, and the server waits for it', async () => {
  const log: string[] = [];
  const served = await serve({ diagnose: endless(log, 200) });
  void served.client.callTool({ name: 'diagnose', arguments: { target: 'svc/web' } }).catch(() => undefined);
  await expect.poll(() => log).toEqual(['svc/web began']);
  await served.leave();
  expect({ exitCode: await served.ended, log }).toEqual({ exitCode: 0, log: ['svc/web began', 'svc/web cleaned up'] });
});

test('each notice is greater than the one before, whatever paths say', () => {
  const told: Notice[] = [];
  let now = 0;
  const report = notices(
    (notice) => told.push(notice),
    () => (now += 1000),
  );
  const path = { kind: 'path', id: 'a', from: 'x', to: 'y', planned: 4, lastMs: 3, state: 'open' } as const;
  for (const done of [1, 3, 3, 2, 4]) report({ ...path, done });
  report({ kind: 'stage', stage: 'judge', says: '4 samples' });
  expect(told).toHaveLength(6);
  expect(told.every(({ progress }, at) => progress > (told[at - 1]?.progress ?? 0))).toBe(true);
  expect(told.every(({ progress, total = progress }) => total >= progress)).toBe(true);
});

test(
  'as a program: nothing but the protocol on standard output, and it ends with its client',
  { timeout: 60_000 },
  async () => {
    const transport = new StdioClientTransport({
      command: process.execPath,
      args: ['src/cli.ts', 'mcp', '--kubeconfig', '/nowhere/kubeconfig'],
      stderr: 'pipe',
    });
    const errors: Error[] = [];
    const client = new Client({ name: 'test', version: '1' });
    await client.connect(transport);
    client.onerror = (error) => void errors.push(error);
    const { pid } = transport;
    expect((await call(client, 'explain', { text: '5.001\n0.002\n' })).structuredContent).toMatchObject({
      verdict: null,
    });
    const { isError, content } = await call(client, 'diagnose', { target: 'svc/web' });
    expect({ isError, says: content[0]?.text?.split('\n')[0] }).toEqual({
      isError: true,
      says: expect.stringContaining('/nowhere/kubeconfig'),
    });
    await client.close();
    await expect.poll(() => existsSync(`/proc/${pid}`), { timeout: 10_000 }).toBe(false);
    expect(errors).toEqual([]);
  },
);

test('clients of the protocol of 2025 are served too', async () => {
  const [up, down] = [new PassThrough(), new PassThrough()];
  const ended = runProgram(['mcp'], sessionOf(up, down));
  const answer = async (message: object): Promise<unknown> => {
    up.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`);
    const [chunk] = (await once(down, 'data')) as [Buffer];
    return JSON.parse(chunk.toString());
  };
  const params = { protocolVersion: '2025-06-18', capabilities: {}, clientInfo: { name: 'old', version: '1' } };
  expect(await answer({ id: 1, method: 'initialize', params })).toMatchObject({
    id: 1,
    result: { protocolVersion: '2025-06-18', serverInfo: { name: 'kprobe' } },
  });
  up.write(`${JSON.stringify({ jsonrpc: '2.0', method: 'notifications/initialized' })}\n`);
  const call = { name: 'explain', arguments: { text: '5.001\n0.002\n' } };
  expect(await answer({ id: 2, method: 'tools/call', params: call })).toMatchObject({
    id: 2,
    result: { structuredContent: { verdict: null } },
  });
  up.end();
  expect(await ended).toBe(0);
});
