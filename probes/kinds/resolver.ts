/**
 * The system resolver as an application feels it: getaddrinfo in a fresh process, timed inside it so that its start is
 * not counted, and alone in it so that no queue of Node's thread pool is. Phase dns.
 */
import type { Attempt } from '../attempt.ts';
import { late } from '../late.ts';
import type { Probe } from '../wire.ts';
import { lookupCommand } from './lookup-command.ts';

/** The child says little; more is not from it. */
const MAX_OUTPUT = 16 * 1024;

export function probeResolver(probe: Extract<Probe, { kind: 'resolver' }>, attempt: Attempt): void {
  const [program, ...args] = lookupCommand(probe.name);
  const child = late('node:child_process').spawn(program, args, {
    stdio: ['ignore', 'pipe', 'ignore'],
    env: { ...process.env, NODE_OPTIONS: '' },
  });
  attempt.owns(() => child.kill('SIGKILL'));
  let output = '';
  let hasStarted = false;
  child.stdout.on('data', (chunk: Buffer) => {
    output += chunk.toString('utf8');
    if (output.length > MAX_OUTPUT) return attempt.failed({ code: 'EBADANSWER', message: 'unexpected output' });
    if (!hasStarted && output.includes('\n')) {
      hasStarted = true;
      attempt.restart();
    }
    const line = output.split('\n')[1];
    if (line !== undefined && output.endsWith('}\n') && line !== '') conclude(line, attempt, probe.name);
  });
  child.once('error', (error) => attempt.failed({ code: 'ESPAWN', message: error.message }));
  child.once('close', (code) => attempt.failed({ code: 'ESPAWN', message: `the lookup process ended with ${code}` }));
}

function conclude(line: string, attempt: Attempt, name: string): void {
  const told = JSON.parse(line) as { ms: number; code?: string; addresses?: string[] };
  if (told.code !== undefined) {
    return attempt.failed({ code: told.code, message: `getaddrinfo ${told.code} ${name}` }, attempt.start + told.ms);
  }
  attempt.dns = { rcode: 'NOERROR', answers: told.addresses ?? [], truncated: false, questions: [] };
  attempt.answered(attempt.start + told.ms);
}
