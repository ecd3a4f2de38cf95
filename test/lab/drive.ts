/** The test's end of a driver: a lab to ask questions of. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { Answer, Ready, Request } from './driver.ts';

const DRIVER = fileURLToPath(new URL('driver.ts', import.meta.url));
const ECHO = fileURLToPath(new URL('echo', import.meta.url));

/** Asks once over a fresh connection and says what came of it, as JSON. */
const CLIENT = `
const [url, limitMs, name, user] = process.argv.slice(1);
if (user) process.setuid(Number(user));
const begun = performance.now();
const end = (result) => { console.log(JSON.stringify({ ms: performance.now() - begun, ...result })); process.exit(0); };
const { get } = require(url.startsWith('https') ? 'https' : 'http');
const headers = name ? { host: name } : {};
get(url, { agent: false, rejectUnauthorized: false, servername: name, headers }, (answer) => {
  let body = '';
  answer.on('data', (part) => (body += part)).on('end', () => end({ status: answer.statusCode, body, code: null }));
}).on('error', (error) => end({ status: null, body: '', code: error.code }));
setTimeout(() => end({ status: null, body: '', code: 'silent' }), Number(limitMs));`;

export interface Fetched {
  readonly status: number | null;
  readonly body: string;
  /** Error code, or `silent` when nothing came within the limit. */
  readonly code: string | null;
  readonly ms: number;
}

export interface Driven extends Ready, AsyncDisposable {
  run(from: string, ...command: string[]): Promise<Answer>;
  fetch(from: string, url: string, options?: { limitMs?: number; host?: string; user?: number }): Promise<Fetched>;
  put(resource: string, object: object): Promise<void>;
  pod(name: string): Ready['pods'][number];
  clientOn(node: string): string;
}

/** Brings a lab up. @throws Error with all it said where that fails: a lab that cannot run must fail, never be skipped. */
export async function drive(changes: object = {}, scenario: string = ECHO): Promise<Driven> {
  const child = spawn(process.execPath, [DRIVER, scenario, JSON.stringify(changes)], {
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  let complaint = '';
  let hasEnded = false;
  child.stderr.setEncoding('utf8').on('data', (text: string) => (complaint += text));
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const next = async <T>(): Promise<T> => {
    const line = await lines.next();
    if (line.done === true) {
      hasEnded = true;
      throw new Error(`the lab ended: ${complaint}`);
    }
    return JSON.parse(line.value);
  };
  const ready = await next<Ready>();
  const ask = async (request: Request): Promise<Answer> => {
    child.stdin.write(`${JSON.stringify(request)}\n`);
    return next<Answer>();
  };
  const run: Driven['run'] = (from, ...command) => ask({ do: 'run', from, command });
  return {
    ...ready,
    run,
    put: async (resource, object) => void (await ask({ do: 'put', resource, object })),
    async fetch(from, url, { limitMs = 1500, host = '', user = 0 } = {}) {
      const { stdout, stderr } = await run(from, process.execPath, '-e', CLIENT, url, `${limitMs}`, host, `${user}`);
      if (stdout === '') throw new Error(stderr);
      return JSON.parse(stdout);
    },
    pod: (name) =>
      found(
        ready.pods.find((pod) => pod.name === name),
        name,
      ),
    clientOn: (node) =>
      found(
        ready.pods.find((pod) => pod.node === node && pod.name.startsWith('client-')),
        `client on ${node}`,
      ).name,
    async [Symbol.asyncDispose]() {
      // Why it ended has been thrown already: said twice, one would hide the other.
      if (hasEnded) return;
      child.stdin.end();
      const [code] = await once(child, 'exit');
      if (code !== 0) throw new Error(`the lab ended with ${code}: ${complaint}`);
    },
  };
}

function found<T>(value: T | undefined, what: string): T {
  if (value === undefined) throw new Error(`the lab has no ${what}`);
  return value;
}
