/** Runs inside a lab: a client of the protocol's SDK with `kprobe mcp` behind it. Says in one line of JSON what it was told, and what stood in the cluster. */
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import { connect } from '../../src/api/client.ts';
import { nameOf } from '../../src/api/fields.ts';
import { RESOURCES } from '../../src/api/resources.ts';

export interface Told {
  readonly structuredContent: unknown;
  readonly text: string | undefined;
  readonly progress: readonly { readonly progress: number; readonly total?: number; readonly message?: string }[];
  readonly isCancelled: boolean;
  /** Pods and ConfigMaps beyond those of before: after the diagnosis, while the cancelled one ran, and after that. */
  readonly beyond: { readonly diagnosed: string[]; readonly running: string[]; readonly cancelled: string[] };
}

/** As long as removing pods may take: their grace period is short. */
const GONE_WITHIN_MS = 20_000;

const cluster = await connect({ timeoutMs: 10_000, signal: AbortSignal.timeout(300_000) });
const before = new Set(await objects());
const client = new Client({ name: 'lab', version: '1' });
const { KUBECONFIG = '' } = process.env;
await client.connect(
  new StdioClientTransport({
    command: process.execPath,
    args: ['src/cli.ts', 'mcp', '--kubeconfig', KUBECONFIG],
    env: { ...(process.env as Record<string, string>) },
    stderr: 'inherit',
  }),
);
const call = { name: 'diagnose', arguments: { target: 'shop.example.com' } };

const progress: Told['progress'][number][] = [];
const result = await client.callTool(call, {
  onprogress: (each) => void progress.push(each as Told['progress'][number]),
  timeout: 120_000,
});
const diagnosed = await beyond();

const cancel = new AbortController();
const cut = client.callTool(call, { signal: cancel.signal, timeout: 120_000 }).then(
  () => false,
  () => true,
);
const running = await until((found) => found.some((name) => name.startsWith('Pod ')));
cancel.abort();
const isCancelled = await cut;
const cancelled = await until((found) => found.length === 0);
await client.close();

const [content] = result.content as readonly { readonly text?: string }[];
const told = {
  structuredContent: result.structuredContent,
  text: content?.text,
  progress,
  isCancelled,
  beyond: { diagnosed, running, cancelled },
} satisfies Told;
process.stdout.write(`${JSON.stringify(told)}\n`);
await cluster.close();
process.exit(0);

async function objects(): Promise<string[]> {
  const kinds = [
    ['Pod', RESOURCES.pods],
    ['ConfigMap', RESOURCES.configMaps],
  ] as const;
  const lists = await Promise.all(
    kinds.map(async ([kind, resource]) => {
      const listed = await cluster.list(resource);
      if (!listed.ok) throw new Error(`${kind}s cannot be listed`);
      return listed.value.map((each) => `${kind} ${nameOf(each)?.namespace}/${nameOf(each)?.name}`);
    }),
  );
  return lists.flat();
}

async function beyond(): Promise<string[]> {
  return (await objects()).filter((name) => !before.has(name));
}

/** What there is when it is as wanted, or when time is up. */
async function until(isWanted: (found: readonly string[]) => boolean): Promise<string[]> {
  const end = Date.now() + GONE_WITHIN_MS;
  for (;;) {
    const found = await beyond();
    if (isWanted(found) || Date.now() > end) return found;
    await sleep(100);
  }
}
