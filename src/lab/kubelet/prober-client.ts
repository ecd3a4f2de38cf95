/** The kubelet's side of its prober: started when the first probe needs it, one for each node. */
import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/** A probe that goes over the network. */
export type NetworkProbe =
  | {
      readonly kind: 'http';
      readonly host: string;
      readonly port: number;
      readonly path: string;
      readonly scheme: 'HTTP' | 'HTTPS';
      readonly headers: Readonly<Record<string, string>>;
      readonly timeoutMs: number;
    }
  | { readonly kind: 'tcp'; readonly host: string; readonly port: number; readonly timeoutMs: number };

export type ProbeResult = { readonly isHealthy: true } | { readonly isHealthy: false; readonly message: string };

/** Probes from one network namespace. */
export interface Prober {
  probe(asked: NetworkProbe): Promise<ProbeResult>;
  close(): void;
}

/** Compiled and source trees name the program with their own ending. */
const PROGRAM = fileURLToPath(new URL(`./prober${import.meta.url.endsWith('.ts') ? '.ts' : '.js'}`, import.meta.url));

export function createProber(netns: string): Prober {
  const waiting = new Map<number, (result: ProbeResult) => void>();
  let child: ChildProcessWithoutNullStreams | null = null;
  let lastId = 0;
  let isClosed = false;

  const start = (): ChildProcessWithoutNullStreams => {
    const started = spawn(
      'nsenter',
      [`--net=${netns}`, process.execPath, '--disable-warning=ExperimentalWarning', PROGRAM],
      {
        stdio: ['pipe', 'pipe', 'pipe'],
      },
    );
    const fail = (why: string): void => {
      if (child === started) child = null;
      for (const done of waiting.values()) done({ isHealthy: false, message: why });
      waiting.clear();
    };
    started.on('error', (error) => fail(error.message));
    started.on('exit', () => fail('the prober ended'));
    started.stdin.on('error', () => {});
    started.stderr.resume();
    createInterface({ input: started.stdout }).on('line', (line) => {
      const { id, ...result } = JSON.parse(line) as { id: number } & ProbeResult;
      waiting.get(id)?.(result);
      waiting.delete(id);
    });
    return started;
  };
  return {
    probe: (asked) =>
      new Promise((resolve) => {
        if (isClosed) return resolve({ isHealthy: false, message: 'the kubelet is closing' });
        child ??= start();
        const id = ++lastId;
        waiting.set(id, resolve);
        child.stdin.write(`${JSON.stringify({ id, ...asked })}\n`);
      }),
    close(): void {
      isClosed = true;
      child?.kill('SIGKILL');
    },
  };
}
