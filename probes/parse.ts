/** Reading and writing the wire format. Nothing that comes in is trusted: a pod's log may hold anything. */
import {
  boolean,
  dictionary,
  either,
  integer,
  list,
  nullable,
  number,
  object,
  oneOf,
  optional,
  tagged,
  text,
} from './shape.ts';
import type { Check } from './shape.ts';
import { MAX_LINE_LENGTH, WIRE_VERSION } from './wire.ts';
import type {
  Arrival,
  Assignment,
  Bye,
  Certificate,
  ChainListing,
  DnsAnswer,
  DnsQuestion,
  HalfOpen,
  Hello,
  HookedChain,
  HookedChains,
  HttpAnswer,
  Redirect,
  Kept,
  MachineFacts,
  Message,
  NodeFacts,
  NodeInterface,
  Outcome,
  Parsed,
  Peer,
  Peers,
  Phase,
  Probe,
  RuleCounts,
  RuleTrace,
  Sample,
  Schedule,
  Stage,
  SourcePorts,
  TraceCost,
  TracedFlow,
  TraceOrder,
  Tracing,
  Trouble,
  Unmeasured,
  Waiting,
  Where,
} from './wire.ts';

/** Longest assignment or peers file, in UTF-16 code units: several times what a ConfigMap holds (1 MiB), for it may come compressed. */
const MAX_FILE_LENGTH = 4 * 1024 * 1024;
/** A day: beyond it a duration is a mistake, and near 2^31 ms Node's timers fire at once. */
const LONGEST_MS = 86_400_000;
/** Far more addresses than one host has or one DNS answer carries, and than ports that many targets together make an agent listen on. */
const MOST = 1024;
/** The longest domain name is 253 characters (RFC 1035, 255 octets on the wire); ids and paths get more room. */
const name = text(253);
const id = text(512);
const duration = number(0, LONGEST_MS);
const port = integer(1, 65_535);
const count = number(-Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER);
const whole = integer(0, Number.MAX_SAFE_INTEGER);
const clock = number(0, 8.64e15);
/** A date of a certificate may lie before 1970 and beyond any clock's. */
const instant = number(-8.64e15, 8.64e15);
const endpoint = text(80);
const interfaceName = text(32);

const literal = either(
  object<{ name: string; port: number }>({ name: text(300), port }),
  object<{ address: string; port: number }>({ address: text(64), port }),
);
const to: Check<Where> = either(
  object<Extract<Where, { agent: string }>>({
    agent: name,
    port: either(port, oneOf('tcp', 'udp')),
    family: optional(oneOf('IPv4', 'IPv6')),
  }),
  literal,
);
const echoBytes = integer(0, 1024 * 1024);
const probe = tagged<Probe>('kind', {
  tcp: object<Extract<Probe, { kind: 'tcp' }>>({ kind: oneOf('tcp'), to, echo: boolean, bytes: echoBytes }),
  http: object<Extract<Probe, { kind: 'http' }>>({
    kind: oneOf('http'),
    to,
    tls: boolean,
    host: text(300),
    path: text(4096),
    hello: optional(oneOf('small', 'large')),
    idleMs: optional(number(1, LONGEST_MS)),
  }),
  dns: object<Extract<Probe, { kind: 'dns' }>>({
    kind: oneOf('dns'),
    to,
    transport: oneOf('udp', 'tcp'),
    name: text(300),
    type: oneOf('A', 'AAAA', 'A+AAAA'),
  }),
  resolver: object<Extract<Probe, { kind: 'resolver' }>>({ kind: oneOf('resolver'), name: text(300) }),
  udp: object<Extract<Probe, { kind: 'udp' }>>({ kind: oneOf('udp'), to, bytes: integer(0, 65_507) }),
});
const sourcePorts = object<SourcePorts>({ first: port, count: integer(1, 4096) });
type Again = NonNullable<Schedule['again']>;
const schedule = object<Schedule>({
  path: id,
  probe,
  startMs: duration,
  everyMs: duration,
  count: integer(0, 100_000),
  limitMs: number(1, LONGEST_MS),
  again: optional(object<Again>({ afterMs: duration, count: integer(1, 100_000) })),
  sourcePorts: optional(sourcePorts),
  after: optional(list(name, MOST)),
});
const tracedFlow = object<TracedFlow>({
  path: id,
  protocol: oneOf('tcp', 'udp'),
  sourcePorts,
  from: object<TracedFlow['from']>({ agent: name, addresses: list(text(64), MOST) }),
  to: list(to, MOST),
});
const version = oneOf(WIRE_VERSION);
const listenPorts = list(integer(0, 65_535), MOST);
const assignment = object<Assignment>({
  version,
  run: id,
  agent: name,
  answers: object<Assignment['answers']>({ tcp: listenPorts, udp: listenPorts }),
  schedules: list(schedule, 10_000),
  deadlineMs: number(1, LONGEST_MS),
  tellsNode: optional(boolean),
  packs: optional(boolean),
  traces: optional(
    object<TraceOrder>({
      table: text(64),
      flows: list(tracedFlow, 64),
      packetsPerSecond: integer(1, 1000),
      mostPackets: integer(1, 1000),
      lastsMs: optional(duration),
      isHeld: optional(boolean),
    }),
  ),
});
const peers = object<Peers>({
  version,
  agents: dictionary(
    object<Peer>({
      address: text(64),
      others: optional(list(text(64), MOST)),
      tcp: listenPorts,
      udp: listenPorts,
    }),
    10_000,
  ),
});

const phase = oneOf<Phase>('dns', 'connect', 'tls', 'send', 'first-byte', 'body');
const stage = oneOf<Stage>('dns', 'connect', 'tls', 'send', 'first-byte', 'body', 'idle');
const phases: Check<Sample['phases']> = (value, where) => {
  const checked = dictionary(duration, 6)(value, where);
  if (!checked.ok) return checked;
  const stranger = Object.keys(checked.value).find((key) => !phase(key, where).ok);
  return stranger === undefined ? checked : { ok: false, problem: `${where}: no such phase: ${stranger}` };
};
const code = text(64);
const outcome = tagged<Outcome>('kind', {
  answered: object<Extract<Outcome, { kind: 'answered' }>>({ kind: oneOf('answered') }),
  refused: object<Extract<Outcome, { kind: 'refused' }>>({ kind: oneOf('refused'), phase }),
  unreachable: object<Extract<Outcome, { kind: 'unreachable' }>>({ kind: oneOf('unreachable'), phase, code }),
  reset: object<Extract<Outcome, { kind: 'reset' }>>({ kind: oneOf('reset'), phase }),
  silent: object<Extract<Outcome, { kind: 'silent' }>>({
    kind: oneOf('silent'),
    phase,
    waitedMs: duration,
    code: nullable(code),
  }),
  cut: object<Extract<Outcome, { kind: 'cut' }>>({ kind: oneOf('cut'), phase: stage, waitedMs: duration }),
  error: object<Extract<Outcome, { kind: 'error' }>>({ kind: oneOf('error'), phase, code, message: text(1000) }),
});
const question = object<DnsQuestion>({
  type: oneOf('A', 'AAAA'),
  rcode: nullable(text(32)),
  answers: list(text(300), MOST),
  ms: nullable(duration),
});
const counters = dictionary(count, 500);
const triple: Check<readonly [number, number, number]> = (value, where) => {
  const checked = list(whole, 3)(value, where);
  if (!checked.ok) return checked;
  const [one, two, three] = checked.value;
  return one === undefined || two === undefined || three === undefined
    ? { ok: false, problem: `${where}: expected three numbers` }
    : { ok: true, value: [one, two, three] };
};
const sample = object<Sample>({
  type: oneOf('sample'),
  path: id,
  attempt: integer(0, 100_000),
  at: clock,
  lateMs: number(-1000, LONGEST_MS),
  outcome,
  phases,
  totalMs: duration,
  local: nullable(endpoint),
  seen: nullable(endpoint),
  remote: optional(text(80)),
  synRetransmissions: integer(0, 1000),
  dataRetransmissions: whole,
  counters,
  concurrent: whole,
  http: nullable(
    object<HttpAnswer>({
      status: integer(0, 999),
      bytes: whole,
      server: nullable(text(300)),
      hash: nullable(text(64)),
      wantsTls: optional(boolean),
      leadsToItself: optional(boolean),
      redirect: optional(
        object<Redirect>({
          tls: boolean,
          host: text(300),
          port: integer(0, 65_535),
          fate: nullable(oneOf('taken', 'unresolved', 'refused', 'silent', 'own-machine')),
        }),
      ),
      headBytes: optional(whole),
    }),
  ),
  dns: nullable(
    object<DnsAnswer>({
      rcode: text(32),
      answers: list(text(300), MOST),
      truncated: boolean,
      questions: list(question, 2),
    }),
  ),
  stalledMs: duration,
  throttledMs: duration,
  cpuWaitMs: duration,
  cpuPressure: nullable(number(0, 1)),
  kept: optional(object<Kept>({ end: oneOf('used', 'closed', 'aborted'), idledMs: duration })),
  certificate: optional(
    object<Certificate>({
      fingerprint: text(64),
      validity: oneOf('valid', 'expired', 'not-yet-valid'),
      notBefore: instant,
      notAfter: instant,
      subject: nullable(text(300)),
      issuer: nullable(text(300)),
      names: list(text(300), MOST),
      moreNames: whole,
      isForHost: nullable(boolean),
      isSelfSigned: boolean,
      code: nullable(code),
      isIncomplete: boolean,
    }),
  ),
  ownCpuMs: optional(duration),
});
const hello = object<Hello>({
  type: oneOf('hello'),
  version,
  run: id,
  agent: name,
  at: clock,
  hostname: name,
  addresses: list(text(64), MOST),
  tcp: list(port, MOST),
  udp: list(port, MOST),
  unavailable: list(object<Hello['unavailable'][number]>({ port: integer(0, 65_535), because: text(300) }), MOST),
  sysctls: dictionary(nullable(text(300)), 200),
  resolver: object<Hello['resolver']>({
    servers: list(text(300), 64),
    search: list(text(300), 64),
    options: list(text(300), 64),
  }),
  kernel: text(300),
  nodeVersion: text(64),
  unmeasured: optional(list(oneOf<Unmeasured>('retransmissions', 'counters', 'settings', 'cpu'), MOST)),
});
const nodeFacts = object<NodeFacts>({
  type: oneOf('node-facts'),
  when: oneOf('start', 'trouble', 'end'),
  at: clock,
  kernelId: nullable(text(64)),
  counters,
  conntrack: nullable(object<NonNullable<NodeFacts['conntrack']>>({ entries: whole, limit: whole })),
  reversePathFilter: dictionary(integer(0, 255), 500),
  notForwarding: optional(list(interfaceName, 500)),
  bridge: nullable(dictionary(count, 64)),
  interfaces: list(
    object<NodeInterface>({
      name: interfaceName,
      mtu: nullable(whole),
      state: nullable(text(32)),
      rxDropped: whole,
      rxErrors: whole,
      txDropped: whole,
      txErrors: whole,
    }),
    MOST,
  ),
  moreInterfaces: whole,
  routes: list(object<NodeFacts['routes'][number]>({ to: text(64), by: interfaceName }), 500),
  neighbors: whole,
  machine: object<MachineFacts>({
    counters,
    neighbors: nullable(object<NonNullable<MachineFacts['neighbors']>>({ entries: whole, thresholds: triple })),
    cpuWaitedMs: nullable(number(0, Number.MAX_SAFE_INTEGER)),
  }),
  unread: list(text(300), 64),
});
const traceLine = text(2000);
const countSource = oneOf<RuleCounts['source']>('iptables-legacy', 'ip6tables-legacy', 'nft', 'cilium');
const tracerMessages = {
  tracing: object<Tracing>({
    type: oneOf('tracing'),
    at: clock,
    state: oneOf('ready', 'no-right', 'no-nft', 'old-nft', 'old-kernel', 'failed'),
    says: text(2000),
    legacyTables: list(name, 64),
    ebpfInterface: nullable(interfaceName),
    counts: optional(list(countSource, 8)),
  }),
  'hooked-chains': object<HookedChains>({
    type: oneOf('hooked-chains'),
    at: clock,
    chains: list(object<HookedChain>({ family: name, table: name, chain: name, hook: name, priority: count }), MOST),
  }),
  'rule-trace': object<RuleTrace>({
    type: oneOf('rule-trace'),
    at: clock,
    path: id,
    isAnswer: boolean,
    isOuter: optional(boolean),
    lines: list(traceLine, MOST),
  }),
  'chain-listing': object<ChainListing>({
    type: oneOf('chain-listing'),
    at: clock,
    family: name,
    table: name,
    chain: name,
    text: text(32_000),
  }),
  'rule-counts': object<RuleCounts>({
    type: oneOf('rule-counts'),
    at: clock,
    source: countSource,
    moved: list(object<RuleCounts['moved'][number]>({ rule: text(1000), packets: whole }), 64),
  }),
  'trace-cost': object<TraceCost>({
    type: oneOf('trace-cost'),
    at: clock,
    packets: whole,
    lines: whole,
    leftOut: whole,
    cpuMs: duration,
    overMs: duration,
  }),
};
const message = tagged<Message>('type', {
  ...tracerMessages,
  hello,
  sample,
  waiting: object<Waiting>({ type: oneOf('waiting'), sample }),
  arrival: object<Arrival>({
    type: oneOf('arrival'),
    at: clock,
    transport: oneOf('tcp', 'udp'),
    port,
    from: endpoint,
  }),
  'half-open': object<HalfOpen>({ type: oneOf('half-open'), at: clock, port, from: endpoint }),
  'node-facts': nodeFacts,
  bye: object<Bye>({ type: oneOf('bye'), at: clock, because: oneOf('done', 'deadline', 'signal'), counters }),
  trouble: object<Trouble>({ type: oneOf('trouble'), at: clock, what: text(2000) }),
});

/** Reads an assignment file. */
export function parseAssignment(contents: string): Parsed<Assignment> {
  return parse({ contents, longest: MAX_FILE_LENGTH, what: 'assignment', check: assignment });
}

/** Reads a peers file. */
export function parsePeers(contents: string): Parsed<Peers> {
  return parse({ contents, longest: MAX_FILE_LENGTH, what: 'peers', check: peers });
}

/** Reads one line of an agent's output. */
export function parseMessage(line: string): Parsed<Message> {
  return parse({ contents: line, longest: MAX_LINE_LENGTH, what: 'message', check: message });
}

/** Checks a message that is a value already, e.g. one out of a saved recording. */
export function checkMessage(value: unknown): Parsed<Message> {
  return checkVersioned(value, 'message', message);
}

/** Checks a probe that is a value already, e.g. one of a saved plan. */
export function checkProbe(value: unknown): Parsed<Probe> {
  return probe(value, 'probe');
}

/** One line of output, with its line feed. JSON escapes any line feed inside. */
export function encode(spoken: Message): string {
  return `${JSON.stringify(spoken)}\n`;
}

function parse<T>(input: { contents: string; longest: number; what: string; check: Check<T> }): Parsed<T> {
  const { contents, longest, what, check } = input;
  if (contents.length > longest) return { ok: false, problem: `${what}: longer than ${longest} characters` };
  let value: unknown;
  try {
    value = JSON.parse(contents);
  } catch {
    return { ok: false, problem: `${what}: not JSON` };
  }
  return checkVersioned(value, what, check);
}

/** A version from elsewhere gets its own sentence: that everything else looks wrong is then a mere consequence. */
function checkVersioned<T>(value: unknown, what: string, check: Check<T>): Parsed<T> {
  if (typeof value === 'object' && value !== null && 'version' in value && value.version !== WIRE_VERSION) {
    const told = JSON.stringify(value.version)?.slice(0, 40);
    return { ok: false, problem: `${what}: wire version ${told}, this kprobe speaks ${WIRE_VERSION}` };
  }
  return check(value, what);
}
