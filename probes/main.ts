/**
 * The agent as a program: `agent.mjs [--assignment FILE | --agent ID] [--peers FILE]`, or `agent.mjs --assignment -`, which is told both
 * on its standard input and leaves when that ends, or `agent.mjs --assignment env`, which finds both in its environment. Exit code 2: no usable assignment.
 */
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { runAgent } from './agent.ts';
import { stopOptimizing } from './compiling.ts';
import { toldBy } from './environment.ts';
import { late } from './late.ts';
import { Packer } from './pack.ts';
import { parseAssignment } from './parse.ts';
import { peersFile } from './peers.ts';
import { listenTo } from './standard-input.ts';
import type { Told } from './standard-input.ts';
import type { Parsed } from './wire.ts';

/** Where the run's ConfigMap is mounted; the assignments of several agents lie side by side, one file each. */
const MOUNT = '/kprobe';
const STANDARD_INPUT = '-';
const ENVIRONMENT = 'env';
const PEERS_FILE = '/kprobe-peers/peers.json';

/** What a gzipped file begins with (RFC 1952, 2.3.1). Long assignments come so. */
const GZIP_MAGIC = [0x1f, 0x8b] as const;
/** Four times what any plan needs; more is no assignment, and there are only 96 MiB to read it in. */
const LARGEST_BYTES = 4 * 1024 * 1024;

interface CommandLine {
  readonly assignmentFile: string;
  readonly peersFile: string;
}

function readCommandLine(args: string[]): Parsed<CommandLine> {
  try {
    const { values } = parseArgs({
      args,
      options: { assignment: { type: 'string' }, agent: { type: 'string' }, peers: { type: 'string' } },
    });
    const { agent, assignment, peers } = values;
    if (agent !== undefined && !/^[-._a-zA-Z0-9]+$/.test(agent)) return { ok: false, problem: '--agent: not an id' };
    const assignmentFile = assignment ?? `${MOUNT}/${agent ?? 'assignment'}.json`;
    return { ok: true, value: { assignmentFile, peersFile: peers ?? PEERS_FILE } };
  } catch (error) {
    return { ok: false, problem: error instanceof Error ? error.message : String(error) };
  }
}

function readFileText(path: string): Parsed<string> {
  try {
    const bytes = readFileSync(path);
    const isPacked = GZIP_MAGIC.every((byte, index) => bytes[index] === byte);
    const plain = isPacked ? late('node:zlib').gunzipSync(bytes, { maxOutputLength: LARGEST_BYTES }) : bytes;
    return { ok: true, value: plain.toString('utf8') };
  } catch (error) {
    return { ok: false, problem: error instanceof Error ? error.message : String(error) };
  }
}

async function main(): Promise<number> {
  const stopping = new AbortController();
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => stopping.abort());
  const line = readCommandLine(process.argv.slice(2));
  if (!line.ok) return refuse(line.problem);
  const told = await whatIsTold(line.value, () => stopping.abort());
  if (!told.ok) return refuse(told.problem);
  const assignment = parseAssignment(told.value.assignment);
  if (!assignment.ok) return refuse(`${line.value.assignmentFile}: ${assignment.problem}`);
  const { peers } = told.value;
  const out = assignment.value.packs === true ? new Packer(process.stdout) : process.stdout;
  await runAgent({ assignment: assignment.value, peers, out, whenWarm: stopOptimizing, signal: stopping.signal });
  return 0;
}

async function whatIsTold(line: CommandLine, stop: () => void): Promise<Parsed<Told>> {
  if (line.assignmentFile === STANDARD_INPUT) {
    const told = await listenTo(process.stdin, stop);
    return told === null ? { ok: false, problem: 'nothing on standard input' } : { ok: true, value: told };
  }
  if (line.assignmentFile === ENVIRONMENT) return toldBy(process.env);
  const contents = readFileText(line.assignmentFile);
  if (!contents.ok) return contents;
  return { ok: true, value: { assignment: contents.value, peers: peersFile(line.peersFile) } };
}

function refuse(problem: string): number {
  process.stderr.write(`kprobe agent: ${problem.replaceAll(/\s+/g, ' ')}\n`);
  return 2;
}

void main().then((code) => process.exit(code));
