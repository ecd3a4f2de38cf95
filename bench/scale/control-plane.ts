/** A real API server with its etcd, and kwok that plays the kubelets of all nodes, on loopback and in one folder. */
import { type ChildProcess, spawn } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { openSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Agent, request } from 'undici';
import { STAGES_FILE } from './stages.ts';
import { AS_TABLE } from '../../src/api/brief.ts';
import type { Programs } from './programs.ts';

/** Users of the API server, each with a token of the same name: only what `kprobe` does is written down. */
const USERS = ['bench', 'kprobe'] as const;
type User = (typeof USERS)[number];

const READY_MS = 120_000;

export interface ControlPlane extends AsyncDisposable {
  readonly port: number;
  /** One JSON line a request of `kprobe`'s. */
  readonly auditLog: string;
  /** A kubeconfig for the server behind this port. */
  kubeconfig(user: User, port: number): string;
  /** One call as `bench`. Throws for whatever is not 2xx, but for 409 (it is there). */
  call(method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE', path: string, body?: object): Promise<unknown>;
  /** Lets kwok play the nodes, whose logs are asked for at this port. */
  startNodes(kubeletPort: number): void;
}

/** Where a program's own words go: the end of it is what to look at when it does not start. */
interface Started {
  readonly child: ChildProcess;
  readonly log: string;
}

export async function startControlPlane(programs: Programs, folder: string): Promise<ControlPlane> {
  const [client, peer, port, kwokPort] = await Promise.all([freePort(), freePort(), freePort(), freePort()]);
  const inFolder = (name: string) => join(folder, name);
  const started: Started[] = [];
  let isOver = false;
  const start = (program: keyof Programs, args: readonly string[]) => {
    const log = inFolder(`${program}.log`);
    const out = openSync(log, 'w');
    const child = spawn(programs[program], args, { stdio: ['ignore', out, out], cwd: folder });
    child.once('exit', () => {
      if (!isOver) throw new Error(`${program} has ended; it says why in ${log}`);
    });
    // However this process ends.
    process.once('exit', () => child.kill('SIGKILL'));
    started.push({ child, log });
  };
  writeSecrets(inFolder);
  const etcd = `http://127.0.0.1:${client}`;
  start('etcd', [
    `--data-dir=${inFolder('etcd')}`,
    `--listen-client-urls=${etcd}`,
    `--advertise-client-urls=${etcd}`,
    `--listen-peer-urls=http://127.0.0.1:${peer}`,
    `--initial-advertise-peer-urls=http://127.0.0.1:${peer}`,
    `--initial-cluster=default=http://127.0.0.1:${peer}`,
    '--unsafe-no-fsync',
    '--quota-backend-bytes=4294967296',
    '--log-level=error',
  ]);
  start('kube-apiserver', [
    `--etcd-servers=${etcd}`,
    '--bind-address=127.0.0.1',
    '--advertise-address=127.0.0.1',
    // Nobody may reach it, and the check that its address is no loopback one concerns who comes from pods.
    '--endpoint-reconciler-type=none',
    `--secure-port=${port}`,
    `--cert-dir=${inFolder('certificates')}`,
    `--token-auth-file=${inFolder('tokens.csv')}`,
    '--authorization-mode=RBAC',
    '--service-cluster-ip-range=10.96.0.0/12',
    '--service-account-issuer=https://kubernetes.default.svc',
    `--service-account-key-file=${inFolder('accounts.key')}`,
    `--service-account-signing-key-file=${inFolder('accounts.key')}`,
    '--kubelet-preferred-address-types=InternalIP',
    '--allow-privileged',
    `--audit-policy-file=${inFolder('audit.json')}`,
    `--audit-log-path=${inFolder('audit.log')}`,
    '--audit-log-maxsize=10000',
  ]);
  const agent = new Agent({ connections: 32, connect: { rejectUnauthorized: false } });
  const call: ControlPlane['call'] = async (method, path, body) => {
    const { statusCode, body: answer } = await request(`https://127.0.0.1:${port}${path}`, {
      method,
      dispatcher: agent,
      headers: {
        authorization: 'Bearer bench',
        // Rows of a table where the kind is listed for its rows (brief.ts); all else is JSON as it is.
        accept: path.includes('includeObject=None') ? AS_TABLE : 'application/json',
        'content-type': method === 'PATCH' ? 'application/merge-patch+json' : 'application/json',
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await answer.text();
    if ((statusCode < 200 || statusCode > 299) && statusCode !== 409)
      throw new Error(`${method} ${path}: ${statusCode} ${text.slice(0, 300)}`);
    return text.startsWith('{') ? (JSON.parse(text) as unknown) : text;
  };
  const kubeconfig: ControlPlane['kubeconfig'] = (user, at) => {
    const file = inFolder(`${user}-${at}.kubeconfig`);
    writeFileSync(file, JSON.stringify(kubeconfigOf(user, at)));
    return file;
  };
  const plane: ControlPlane = {
    port,
    auditLog: inFolder('audit.log'),
    kubeconfig,
    call,
    startNodes(kubeletPort) {
      writeFileSync(inFolder('stages.yaml'), STAGES_FILE);
      start('kwok', [
        `--kubeconfig=${kubeconfig('bench', port)}`,
        `--config=${inFolder('stages.yaml')}`,
        '--manage-all-nodes=true',
        '--node-ip=127.0.0.1',
        `--node-port=${kubeletPort}`,
        `--server-address=127.0.0.1:${kwokPort}`,
        // Nobody looks after leases here, and thousands of nodes that renew theirs would be most of the load.
        '--node-lease-duration-seconds=3600',
      ]);
    },
    async [Symbol.asyncDispose]() {
      isOver = true;
      await agent.destroy();
      for (const { child } of started.toReversed()) child.kill('SIGKILL');
      await Promise.all(started.map(({ child }) => ended(child)));
    },
  };
  try {
    await untilReady(call, started);
    return plane;
  } catch (error) {
    await plane[Symbol.asyncDispose]();
    throw error;
  }
}

async function untilReady(call: ControlPlane['call'], started: readonly Started[]): Promise<void> {
  for (const until = Date.now() + READY_MS; ;) {
    const isReady = await call('GET', '/readyz').then(
      () => true,
      () => false,
    );
    if (isReady) return;
    if (Date.now() > until) throw new Error(`the API server is not ready; see ${started.at(-1)?.log}`);
    await sleep(300);
  }
}

function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
  return new Promise((resolve) => child.once('exit', () => resolve()));
}

/** Keys and tokens of this folder alone, which go with it. */
function writeSecrets(inFolder: (name: string) => string): void {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  writeFileSync(inFolder('accounts.key'), privateKey.export({ type: 'pkcs1', format: 'pem' }));
  // Not in system:masters, which API Priority and Fairness exempts.
  writeFileSync(inFolder('tokens.csv'), 'bench,bench,bench,system:masters\nkprobe,kprobe,kprobe,probers\n');
  const policy = {
    apiVersion: 'audit.k8s.io/v1',
    kind: 'Policy',
    omitStages: ['ResponseStarted', 'RequestReceived'],
    rules: [{ level: 'Metadata', users: ['kprobe'] }, { level: 'None' }],
  };
  writeFileSync(inFolder('audit.json'), JSON.stringify(policy));
}

function kubeconfigOf(user: User, port: number): object {
  return {
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'scale',
    contexts: [{ name: 'scale', context: { cluster: 'scale', user } }],
    clusters: [{ name: 'scale', cluster: { server: `https://127.0.0.1:${port}`, 'insecure-skip-tls-verify': true } }],
    users: [{ name: user, user: { token: user } }],
  };
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
