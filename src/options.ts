/** Flags in, one checked and frozen object out. Each mistake is one UserError that says what, where and what to try. */
import { accessSync, constants, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { kindCalled } from './discover/kinds.ts';
import { readTarget } from './discover/target-input.ts';
import { nearestNames } from './model/nearest.ts';
import type { DiagnoseRequest, FlowTraceRequest, MatrixRequest } from './model/request.ts';
import { UserError } from './model/user-error.ts';
import { type Output, OUTPUTS } from './render/render.ts';

/** Flags as the command line parser leaves them: by name, unchecked. */
export type Flags = Readonly<Record<string, unknown>>;

export interface OutputOptions {
  readonly output: Output;
  readonly verbose: boolean;
  readonly quiet: boolean;
}

export type MatrixOptions = Omit<MatrixRequest, 'pull' | 'reportProgress' | 'signal'> &
  Pick<DiagnoseOptions, 'save' | 'quiet'>;

export type TraceOptions = Omit<FlowTraceRequest, 'pull' | 'reportProgress' | 'signal'> &
  Pick<OutputOptions, 'verbose' | 'quiet'>;

export type DiagnoseOptions = OutputOptions &
  Omit<DiagnoseRequest, 'pull' | 'reportProgress' | 'signal'> & {
    /** The file that the recording goes to. */
    readonly save: string | null;
  };

/** An hour is longer than any plateau that is worth waiting for; probe pods have a deadline of that order. */
const LONGEST_TIMEOUT_MS = 3_600_000;
/** Shorter, and not even one connect with one retransmission (1 s) would fit. */
const SHORTEST_TIMEOUT_MS = 2_000;
/** What a run that goes on until it is sure needs besides: pods that start, the last attempt's own limit (16.7 s), and the farewell. */
const AROUND_LASTING_MS = 30_000;
/** Below any server's limit. */
const SHORTEST_IDLE_MS = 1000;
/** Less is what a usual run takes anyway. */
const SHORTEST_LASTING_MS = 30_000;
/** Slower than a minute is beyond the limit of every attempt. */
const LONGEST_SLOW_AFTER_MS = 60_000;
/** RFC 1035 gives a name 253 characters; the rest is room for scheme, port and path. */
const LONGEST_TARGET = 2048;
/** A datagram of a ping, and no bytes beside the answer itself. */
const USUAL_BYTES = { tcp: 0, udp: 64, http: 0 } as const;
/** What agents echo: a megabyte over TCP, what IPv4 lets a datagram hold (65,507) over UDP; shorter ones do not hold the question. */
const SIZES = { tcp: { from: 0, to: 1_048_576 }, udp: { from: 64, to: 65_507 }, http: { from: 0, to: 0 } } as const;
/** So many rounds cover all node pairs of 5,000 nodes by eight others each. */
const MOST_ROUNDS = 700;
/** An agent's assignment has room for 10,000 series. */
const MOST_PEERS = 1000;
/** RFC 1123 label, as Kubernetes wants it for namespaces; and subdomain, for most other names. */
export const LABEL = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;
const SUBDOMAIN = /^(?=.{1,253}$)[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const UNIT_MS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

/** Checks the flags of `diagnose`. Throws UserError. */
export function diagnoseOptions(flags: Flags): DiagnoseOptions {
  const namespace = text(flags, 'namespace');
  if (namespace !== null) checkNamespace(namespace, '--namespace');
  const client = from(text(flags, 'from'), namespace);
  const inside = flags['inside'] === true;
  if (inside && client === null) {
    throw new UserError('--inside needs to know in whose pods', { hint: 'add --from NAMESPACE/WORKLOAD' });
  }
  const timeoutMs = duration(flags, 'timeout', {
    from: SHORTEST_TIMEOUT_MS,
    to: LONGEST_TIMEOUT_MS,
    such: '30s or 2m',
  });
  const lastingMs = lasting(flags);
  const idleMs = idling(flags);
  const hostVantages = flags['no-host'] !== true;
  const traceRules = flags['trace-rules'] === true;
  if (traceRules && !hostVantages) {
    throw new UserError('--trace-rules needs a pod on the host network', { hint: 'leave out --no-host' });
  }
  return Object.freeze({
    ...outputOptions(flags),
    target: target(flags['target']),
    namespace,
    from: client,
    context: text(flags, 'context'),
    kubeconfig: text(flags, 'kubeconfig'),
    image: image(text(flags, 'image')),
    hostVantages,
    inside,
    timeoutMs: Math.max(timeoutMs, ...[lastingMs, idleMs].map((ms) => (ms === null ? 0 : ms + AROUND_LASTING_MS))),
    lastingMs,
    idleMs,
    traceRules,
    slowAfterMs: duration(flags, 'slow-after', { from: 1, to: LONGEST_SLOW_AFTER_MS, such: '500ms or 2s' }),
    save: savePath(text(flags, 'save')),
  });
}

/** How long attempts go on at most; null: as usual. */
function lasting(flags: Flags): number | null {
  if (text(flags, 'until-sure') === null) return null;
  const to = LONGEST_TIMEOUT_MS - AROUND_LASTING_MS;
  return duration(flags, 'until-sure', { from: SHORTEST_LASTING_MS, to, such: '1m or 10m' });
}

/** How long kept connections are to idle; null: nobody asked. */
function idling(flags: Flags): number | null {
  if (text(flags, 'idle') === null) return null;
  const to = LONGEST_TIMEOUT_MS - AROUND_LASTING_MS;
  return duration(flags, 'idle', { from: SHORTEST_IDLE_MS, to, such: '65s or 6m' });
}

/** The flags of `matrix`; `chosen` are those with a few known values, checked. Throws UserError. */
export function matrixOptions(flags: Flags, chosen: Pick<MatrixOptions, 'networks' | 'protocol'>): MatrixOptions {
  const { protocol } = chosen;
  if (protocol === 'http' && flags['size'] !== undefined)
    throw new UserError('--size is for tcp and udp: an answer over http has its own', { hint: 'leave it out' });
  return Object.freeze({
    ...chosen,
    nodes: text(flags, 'nodes'),
    sizeBytes: flags['size'] === undefined ? USUAL_BYTES[protocol] : wholeNumber(flags, 'size', SIZES[protocol]),
    peers: flags['budget'] === undefined ? null : wholeNumber(flags, 'budget', { from: 2, to: MOST_PEERS }),
    ...rounds(flags),
    context: text(flags, 'context'),
    kubeconfig: text(flags, 'kubeconfig'),
    image: image(text(flags, 'image')),
    timeoutMs:
      flags['timeout'] === undefined
        ? null
        : duration(flags, 'timeout', { from: SHORTEST_TIMEOUT_MS, to: LONGEST_TIMEOUT_MS, such: '30s or 10m' }),
    slowAfterMs: duration(flags, 'slow-after', { from: 1, to: LONGEST_SLOW_AFTER_MS, such: '500ms or 2s' }),
    save: savePath(text(flags, 'save')),
    quiet: flags['quiet'] === true,
  });
}

/** The flags of `trace`. Throws UserError. */
export function traceOptions(flags: Flags): TraceOptions {
  const namespace = text(flags, 'namespace');
  if (namespace !== null) checkNamespace(namespace, '--namespace');
  return Object.freeze({
    from: flowWord(flags['from'], 'FROM', 'a node, a pod or workload, or a label: worker-1, shop/checkout, pod/web-1'),
    to: flowWord(
      flags['to'],
      'TO',
      'svc/NAME:PORT, pod/NAME:PORT, deploy/NAME:PORT, NAMESPACE/POD:PORT, a host or an address: 10.0.0.1:80',
    ),
    protocol: flags['udp'] === true ? 'udp' : null,
    namespace,
    context: text(flags, 'context'),
    kubeconfig: text(flags, 'kubeconfig'),
    image: image(text(flags, 'image')),
    timeoutMs: duration(flags, 'timeout', { from: SHORTEST_TIMEOUT_MS, to: LONGEST_TIMEOUT_MS, such: '30s or 2m' }),
    verbose: flags['verbose'] === true,
    quiet: flags['quiet'] === true,
  });
}

/** One end of a flow, not yet looked up. Throws UserError. */
function flowWord(value: unknown, name: string, such: string): string {
  const asked = typeof value === 'string' ? value.trim() : '';
  if (asked === '' || asked.length > LONGEST_TARGET || /[\s\p{Cc}\p{Cf}]/u.test(asked))
    throw new UserError(`${name} is ${asked === '' ? 'empty' : 'none'}`, { hint: `${name} is ${such}` });
  return asked;
}

/** `--rounds 10`, or `--rounds 4-6` of a series that other runs began. Throws UserError. */
function rounds(flags: Flags): Pick<MatrixOptions, 'rounds' | 'series'> {
  const series = text(flags, 'series');
  const value = text(flags, 'rounds') ?? '1';
  const [, first, last = ''] = /^(?:(\d{1,4})-)?(\d{1,4})$/.exec(value) ?? [];
  const [from, to] = [Number(first ?? 1), Number(last)];
  if (last === '' || from < 1 || to < from || to > MOST_ROUNDS)
    throw new UserError(`--rounds ${value} is not a number from 1 to ${MOST_ROUNDS}, nor such as 4-6`);
  if (from > 1 && series === null)
    throw new UserError(`--rounds ${value} goes on with a series that has no name`, {
      hint: 'give all of its runs the same --series NAME',
    });
  return { rounds: { from, to }, series };
}

/** Checks the flags that all commands with a verdict share. Throws UserError. */
export function outputOptions(flags: Flags): OutputOptions {
  return Object.freeze({
    output: output(text(flags, 'output') ?? 'terminal'),
    verbose: flags['verbose'] === true,
    quiet: flags['quiet'] === true,
  });
}

/** A flag that counts things. Throws UserError. */
export function wholeNumber(flags: Flags, name: string, range: { from: number; to: number }): number {
  const value = text(flags, name) ?? '';
  const number = /^\d{1,9}$/.test(value) ? Number(value) : Number.NaN;
  if (number >= range.from && number <= range.to) return number;
  throw new UserError(`--${name} ${value} is not a number from ${range.from} to ${range.to}`);
}

/** A text flag: null where it was not given. An empty value is a script's unset variable, never a wish. */
export function text(flags: Flags, name: string): string | null {
  const value = flags[name];
  if (value === undefined || value === null) return null;
  if (typeof value === 'string' && value.trim() !== '') return value;
  throw new UserError(`--${name} is empty`, { hint: `give it a value or leave it out; kprobe --help shows examples` });
}

/** A target as a user writes it, not yet looked up. Throws UserError. */
export function target(value: unknown): string {
  const hint =
    'TARGET is a host, a URL, svc/NAME, pod/NAME, deploy/NAME, ingress/NAME or IP:PORT: kprobe diagnose shop.example.com';
  const asked = typeof value === 'string' ? value.trim() : '';
  if (asked === '') throw new UserError('The target is empty', { hint });
  if (asked.length > LONGEST_TARGET) throw new UserError(`The target has ${asked.length} characters`, { hint });
  if (/[\s\p{Cc}\p{Cf}]/u.test(asked))
    throw new UserError(`The target ${JSON.stringify(asked)} has blanks in it`, { hint });
  readTarget(asked); // refused before any cluster is asked
  return asked;
}

/** NAMESPACE/WORKLOAD or KIND/WORKLOAD, as it was written; `namespace` is for the example in the hint. Throws UserError. */
export function from(value: string | null, namespace: string | null): string | null {
  if (value === null) return null;
  const [space = '', workload = '', ...rest] = value.split('/');
  if (workload === '' || rest.length > 0) {
    const isLong = rest.length === 1 && kindCalled(workload) !== null && rest[0] !== '';
    const such = `${namespace ?? 'shop'}/${LABEL.test(space) && !value.includes('/') ? space : 'checkout'}`;
    throw new UserError(`--from ${value} is not NAMESPACE/WORKLOAD`, {
      hint: `for example --from ${isLong ? `${workload}/${rest[0]} -n ${space}` : such}`,
    });
  }
  if (kindCalled(space) === null) checkNamespace(space, '--from');
  if (!SUBDOMAIN.test(workload)) {
    throw new UserError(`--from: "${workload}" cannot be the name of a workload`, {
      hint: 'small letters, digits, "-" and ".": --from shop/checkout',
    });
  }
  return value;
}

/** Throws UserError, naming the flag, where no namespace can be called so. */
export function checkNamespace(name: string, flag: string): void {
  if (LABEL.test(name)) return;
  throw new UserError(`${flag}: "${name}" cannot be the name of a namespace`, {
    hint: 'at most 63 small letters, digits and "-"; kubectl get namespaces lists them',
  });
}

/** Throws UserError, naming the flag, where no object of most kinds can be called so. */
export function checkName(name: string, flag: string): void {
  if (SUBDOMAIN.test(name)) return;
  throw new UserError(`${flag}: "${name}" cannot be a name in Kubernetes`, {
    hint: 'small letters, digits, "-" and "."',
  });
}

/** The image of the probe pods, checked; null: kprobe's choice. Throws UserError. */
export function image(value: string | null): string | null {
  if (value === null || /^[\w][\w.\-/:@]*$/.test(value)) return value;
  throw new UserError(`--image: "${value}" is not an image reference`, { hint: 'for example --image node:24-slim' });
}

function output(value: string): Output {
  const names = OUTPUTS;
  const known = names.find((name) => name === value);
  if (known !== undefined) return known;
  const [nearest] = nearestNames(value, names);
  const hint =
    nearest === undefined ? `it takes ${names.join(', ')}` : `did you mean ${nearest}? It takes ${names.join(', ')}`;
  throw new UserError(`--output ${value} is not known`, { hint });
}

/** A flag that is a time: `30` (seconds), `30s`, `500ms`, `2m`, `1.5s`. In milliseconds. Throws UserError. */
export function duration(flags: Flags, name: string, range: { from: number; to: number; such: string }): number {
  const value = text(flags, name) ?? '';
  const [, number = '', unit = ''] = /^(\d{1,9}(?:\.\d{1,3})?)(ms|s|m|h)?$/.exec(value.trim()) ?? [];
  const ms = Number(number) * (UNIT_MS[unit === '' ? 's' : unit] ?? Number.NaN);
  const hint = `for example --${name} ${range.such.replace(' or ', ` or --${name} `)}`;
  if (number === '') throw new UserError(`--${name} ${value} is not a duration`, { hint });
  if (ms >= range.from && ms <= range.to) return ms;
  const bounds = `${range.from / 1000} s to ${range.to / 1000} s`;
  throw new UserError(`--${name} ${value} is out of range (${bounds})`, { hint });
}

/** Looked at before the run: nobody wants to learn after a minute that the recording has nowhere to go. */
function savePath(value: string | null): string | null {
  if (value === null) return null;
  const path = resolve(value);
  const folder = dirname(path);
  if (statSync(folder, { throwIfNoEntry: false })?.isDirectory() !== true) {
    throw new UserError(`--save ${value}: there is no folder ${folder}`, { hint: `make it: mkdir -p ${folder}` });
  }
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory() === true) {
    throw new UserError(`--save ${value} is a folder`, { hint: `name a file in it: --save ${value}/run.json` });
  }
  try {
    accessSync(folder, constants.W_OK);
  } catch (cause) {
    throw new UserError(`--save ${value}: the folder ${folder} cannot be written`, {
      cause,
      hint: 'name another folder',
    });
  }
  return path;
}
