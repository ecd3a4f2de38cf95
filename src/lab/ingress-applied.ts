/** Waits until every ingress pod serves the configuration that was written last. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { inNetns } from './run-script.ts';

/** Asks one nginx again and again, in the network where its address means something. */
const ASK = `
const [url, wanted] = process.argv.slice(1);
for (;;) {
  const got = await fetch(url, { signal: AbortSignal.timeout(500) }).then((answer) => answer.text(), () => '');
  if (got === wanted) break;
  await new Promise((resolve) => setTimeout(resolve, 20));
}`;

/** Resolves when all of them do, or when the time is over: an ingress may be broken by intent. */
export async function ingressApplied(netns: readonly string[], generation: string, limitMs: number): Promise<void> {
  const url = 'http://127.0.0.1:10254/generation';
  await Promise.all(
    netns.map(async (path) => {
      const [program, ...args] = inNetns(path, process.execPath, '--input-type=module', '-e', ASK, url, generation);
      const asker = spawn(program, args, { stdio: 'ignore', timeout: limitMs, killSignal: 'SIGKILL' });
      await once(asker, 'close');
    }),
  );
}
