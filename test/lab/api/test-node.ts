/** One node in namespaces of its own, as root or not; see inside.ts. */
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { KubeObject } from '../../../src/lab/model.ts';

export interface TestNode extends AsyncDisposable {
  call(name: string, ...args: unknown[]): Promise<unknown>;
  pod(name: string): Promise<KubeObject | null>;
  log(pod: string, container?: string): Promise<string[]>;
  /** Looks again after each change until it holds. */
  until<T>(look: () => Promise<T | null | false>): Promise<T>;
}

/** How long anything here may take, in milliseconds, on a machine that is busy with other things. */
const LIMIT_MS = 30_000;

/** @param asUser in a user namespace that maps one id only, as for someone who is not root. */
export function startTestNode({ asUser }: { asUser: boolean }): TestNode {
  const user = asUser ? ['--user', '--map-root-user'] : [];
  const inside = fileURLToPath(new URL('./inside.ts', import.meta.url));
  const command = ['--net', '--mount', '--pid', '--fork', '--kill-child', '--mount-proc', process.execPath, inside];
  const child = spawn('unshare', [...user, ...command], { stdio: ['pipe', 'pipe', 'inherit'] });
  const waiting = new Map<number, { resolve: (value: unknown) => void; reject: (error: Error) => void }>();
  const changes = new Set<() => void>();
  const errors: string[] = [];
  let lastId = 0;
  createInterface({ input: child.stdout }).on('line', (line) => {
    const message = JSON.parse(line) as { id?: number; value?: unknown; error?: string };
    const asked = waiting.get(message.id ?? -1);
    if (asked !== undefined && message.error !== undefined) asked.reject(new Error(message.error));
    else if (asked !== undefined) asked.resolve(message.value);
    else if (message.error !== undefined) errors.push(message.error);
    else for (const wake of changes) wake();
  });
  const call = (name: string, ...args: unknown[]): Promise<unknown> =>
    new Promise((resolve, reject) => {
      waiting.set(++lastId, { resolve, reject });
      child.stdin.write(`${JSON.stringify({ id: lastId, call: name, args })}\n`);
    });
  return {
    call,
    pod: async (name) => (await call('get', 'pods', 'default', name)) as KubeObject | null,
    log: async (pod, container = 'a') => ((await call('log', pod, container)) ?? []) as string[],
    async until(look) {
      for (const end = Date.now() + LIMIT_MS; Date.now() < end;) {
        const found = await look();
        if (found !== null && found !== false) return found;
        await new Promise<void>((resolve) => {
          const wake = (): void => {
            clearTimeout(timer);
            changes.delete(wake);
            resolve();
          };
          // Lines of a log come without a change of any object.
          const timer = setTimeout(wake, 50);
          changes.add(wake);
        });
      }
      throw new Error(`never held: ${look.toString()} ${errors.join('; ')}`);
    },
    async [Symbol.asyncDispose]() {
      const exited = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGKILL');
      await exited;
    },
  };
}
