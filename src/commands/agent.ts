/** `kprobe agent PROBE…`: the agent by hand, from where the CLI runs; what it says, as NDJSON. */
import { readFileSync } from 'node:fs';
import type { Readable } from 'node:stream';
import type { AgentOptions } from '../../probes/agent.ts';
import type { Assignment } from '../../probes/wire.ts';
import { whyUnreadable } from '../model/unreadable.ts';
import { UserError } from '../model/user-error.ts';
import { duration, text, type Flags, wholeNumber } from '../options.ts';
import { assignmentByHand } from './assignment.ts';
import { type Command, EXIT } from './command.ts';

/** A probe every millisecond for hours is an attack, not a measurement. */
const MOST_ATTEMPTS = 10_000;
const LONGEST_MS = 600_000;
const STANDARD_INPUT = '-';

export const agent: Command = {
  usage: 'agent [probes..]',
  summary: 'Run probes by hand from here; each attempt is a line of JSON',
  positionals: {
    probes: {
      type: 'string',
      array: true,
      describe: 'tcp://IP:PORT, udp://IP:PORT, http://[HOST@]IP/PATH, dns://IP/NAME, resolver://NAME',
    },
  },
  flags: {
    count: { alias: 'c', type: 'string', requiresArg: true, default: '5', describe: 'Attempts of each probe' },
    every: { type: 'string', requiresArg: true, default: '1s', describe: 'Time between the starts of two attempts' },
    limit: { type: 'string', requiresArg: true, default: '16.7s', describe: 'After this an attempt is given up' },
    assignment: { type: 'string', requiresArg: true, describe: 'Read an assignment from FILE instead; - for stdin' },
    peers: { type: 'string', requiresArg: true, describe: 'Peer table of the other agents, as FILE' },
  },
  examples: [
    ['kprobe agent tcp://10.244.2.7:8080', 'Does a connect need SYN retransmissions?'],
    ['kprobe agent http://shop.example.com@172.18.0.3/cart', 'One ingress node, with the Host of the shop'],
    ['kprobe agent dns://10.96.0.10/web.shop.svc.cluster.local -c 20', 'One DNS server, twenty queries'],
  ],
  epilogue: '',
  endsOnSignal: true,
  async run(flags, session) {
    const { runAgent } = await import('../../probes/agent.ts');
    const leaving = new AbortController();
    const { assignment, peers } =
      text(flags, 'assignment') === STANDARD_INPUT
        ? await toldOn(session.stdin, () => leaving.abort())
        : await toldByFlags(flags);
    const signal = AbortSignal.any([session.signal, leaving.signal]);
    await runAgent({ assignment, peers, out: session.stdout, signal });
    return EXIT.healthy;
  },
};

type Given = Pick<AgentOptions, 'assignment' | 'peers'>;

async function toldByFlags(flags: Flags): Promise<Given> {
  const { peersFile } = await import('../../probes/peers.ts');
  return {
    assignment: await assignmentOf(flags),
    peers: peersFile(text(flags, 'peers') ?? '/kprobe-peers/peers.json'),
  };
}

/** As the program of the agent is told; `leave` is called when nobody is there any more. */
async function toldOn(input: Readable, leave: () => void): Promise<Given> {
  const { listenTo } = await import('../../probes/standard-input.ts');
  const told = await listenTo(input, leave);
  if (told === null) throw new UserError('There is no assignment on standard input');
  return { assignment: await parsed(STANDARD_INPUT, told.assignment), peers: told.peers };
}

async function assignmentOf(flags: Flags): Promise<Assignment> {
  const file = text(flags, 'assignment');
  if (file !== null) return readAssignment(file);
  const probes = Array.isArray(flags['probes']) ? flags['probes'].map(String) : [];
  if (probes.length === 0)
    throw new UserError('PROBES are missing', { hint: 'for example kprobe agent tcp://10.244.2.7:8080' });
  return assignmentByHand({
    probes,
    count: wholeNumber(flags, 'count', { from: 1, to: MOST_ATTEMPTS }),
    everyMs: duration(flags, 'every', { from: 1, to: LONGEST_MS, such: '500ms or 2s' }),
    limitMs: duration(flags, 'limit', { from: 1, to: LONGEST_MS, such: '500ms or 30s' }),
  });
}

async function readAssignment(file: string): Promise<Assignment> {
  try {
    return await parsed(file, readFileSync(file, 'utf8'));
  } catch (cause) {
    if (cause instanceof UserError) throw cause;
    throw new UserError(`--assignment ${file} cannot be read: ${whyUnreadable(cause)}`, { cause });
  }
}

async function parsed(from: string, contents: string): Promise<Assignment> {
  const { parseAssignment } = await import('../../probes/parse.ts');
  const result = parseAssignment(contents);
  if (result.ok) return result.value;
  throw new UserError(`${from}: ${result.problem}`);
}
