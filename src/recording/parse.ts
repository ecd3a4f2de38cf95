/** A value that claims to be a recording → a recording, or the first thing that is wrong with it and where. */
import { checkMessage, checkProbe } from '../../probes/parse.ts';
import type { Message, Parsed } from '../../probes/wire.ts';
import {
  type Heard,
  type Recording,
  RECORDING_SCHEMA,
  RecordingFrame,
  type RuleTraces,
  RuleTracesFrame,
} from '../model/recording.ts';

type Fields = Readonly<Record<string, unknown>>;
type Failed = { readonly ok: false; readonly problem: string };

/** Never throws, whatever the value. A problem reads `cluster.pods[3].name: expected string`. */
export function parseRecording(value: unknown): Parsed<Recording> {
  if (!isFields(value)) return { ok: false, problem: `not a recording but ${kindOf(value)}` };
  const strange = strangeSchema(value);
  if (strange !== null) return { ok: false, problem: strange };
  const frame = RecordingFrame.safeParse(value);
  if (!frame.success) return { ok: false, problem: issueText(frame.error.issues) };
  for (const [index, path] of frame.data.plan.paths.entries()) {
    const probe = checkProbe(path.probe);
    if (!probe.ok) return { ok: false, problem: probe.problem.replace(/^probe/u, `plan.paths[${index}].probe`) };
  }
  return withMessages(frame.data, value);
}

function withMessages(frame: ReturnType<typeof RecordingFrame.parse>, value: Fields): Parsed<Recording> {
  const hellos = messages(value['hellos'], 'hellos', 'hello');
  if (!hellos.ok) return hellos;
  const samples = messages(value['samples'], 'samples', 'sample');
  if (!samples.ok) return samples;
  const arrivals = heard(value['arrivals'], 'arrivals', 'arrival');
  if (!arrivals.ok) return arrivals;
  const halfOpen = heard(value['halfOpen'], 'halfOpen', 'half-open');
  if (!halfOpen.ok) return halfOpen;
  const byes = heard(value['byes'], 'byes', 'bye');
  if (!byes.ok) return byes;
  const troubles = heard(value['troubles'], 'troubles', 'trouble');
  if (!troubles.ok) return troubles;
  const nodeFacts = value['nodeFacts'] === undefined ? NONE : heard(value['nodeFacts'], 'nodeFacts', 'node-facts');
  if (!nodeFacts.ok) return nodeFacts;
  const ruleTraces = ruleTracesOf(value['ruleTraces']);
  if (!ruleTraces.ok) return ruleTraces;
  const said = { hellos: hellos.value, samples: samples.value, arrivals: arrivals.value };
  return {
    ok: true,
    value: {
      ...frame,
      ...said,
      halfOpen: halfOpen.value,
      byes: byes.value,
      troubles: troubles.value,
      ...(value['nodeFacts'] === undefined ? {} : { nodeFacts: nodeFacts.value }),
      ...(ruleTraces.value === null ? {} : { ruleTraces: ruleTraces.value }),
    },
  };
}

const TRACERS_SAY = ['tracing', 'hooked-chains', 'rule-trace', 'chain-listing', 'rule-counts', 'trace-cost'] as const;

function ruleTracesOf(value: unknown): Parsed<RuleTraces | null> {
  if (value === undefined) return { ok: true, value: null };
  if (!isFields(value)) return expected('ruleTraces', 'an object');
  const frame = RuleTracesFrame.safeParse(value);
  if (!frame.success) return { ok: false, problem: `ruleTraces.${issueText(frame.error.issues)}` };
  const told = heard(value['heard'], 'ruleTraces.heard', ...TRACERS_SAY);
  if (!told.ok) return told;
  const samples = messages(value['samples'], 'ruleTraces.samples', 'sample');
  if (!samples.ok) return samples;
  return { ok: true, value: { ...frame.data, heard: told.value, samples: samples.value } };
}

const NONE = { ok: true, value: [] } as const;

type Of<T extends Message['type']> = Extract<Message, { type: T }>;

function messages<T extends Message['type']>(value: unknown, where: string, ...types: readonly T[]): Parsed<Of<T>[]> {
  if (!Array.isArray(value)) return expected(where, 'a list');
  const checked: Of<T>[] = [];
  for (const [index, item] of value.entries()) {
    const message = checkMessage(item);
    if (!message.ok) return { ok: false, problem: message.problem.replace(/^message/u, `${where}[${index}]`) };
    if (!isOf(message.value, types)) return expected(`${where}[${index}].type`, `"${types.join('" or "')}"`);
    checked.push(message.value);
  }
  return { ok: true, value: checked };
}

function heard<T extends Message['type']>(
  value: unknown,
  where: string,
  ...types: readonly T[]
): Parsed<Heard<Of<T>>[]> {
  const checked = messages(value, where, ...types);
  if (!checked.ok) return checked;
  const withAgents: Heard<Of<T>>[] = [];
  for (const [index, message] of checked.value.entries()) {
    const agent: unknown = (value as readonly Fields[])[index]?.['agent'];
    if (typeof agent !== 'string') return expected(`${where}[${index}].agent`, 'string');
    withAgents.push({ ...message, agent });
  }
  return { ok: true, value: withAgents };
}

function isOf<T extends Message['type']>(message: Message, types: readonly T[]): message is Of<T> {
  return types.some((type) => message.type === type);
}

function expected(where: string, what: string): Failed {
  return { ok: false, problem: `${where}: expected ${what}` };
}

/** Another kind of file, or another version, gets its own sentence: the rest would then look wrong for no reason of its own. */
function strangeSchema(value: Fields): string | null {
  const { schema } = value;
  if (schema === RECORDING_SCHEMA) return null;
  if (typeof schema !== 'string') return `not a recording but ${kindOf(value)}`;
  const version = Number(/^kprobe\/recording\/v(\d{1,6})$/u.exec(schema)?.[1] ?? Number.NaN);
  if (Number.isNaN(version)) {
    if (!schema.startsWith('kprobe/verdict/'))
      return `schema: expected "${RECORDING_SCHEMA}", not ${JSON.stringify(schema.slice(0, 80))}`;
    return 'a verdict, not a recording: it is what -o json prints; --save writes the recording';
  }
  const own = Number(RECORDING_SCHEMA.slice(RECORDING_SCHEMA.lastIndexOf('v') + 1));
  return version > own
    ? `made by a newer kprobe (${schema}; this one reads ${RECORDING_SCHEMA}): upgrade kprobe to read it`
    : `made by an older kprobe (${schema}; this one reads ${RECORDING_SCHEMA}): it lacks the marks of answers that verdicts rest on; measure again`;
}

function kindOf(value: unknown): string {
  if (Array.isArray(value)) return 'a list';
  if (!isFields(value)) return `a ${value === null ? 'null' : typeof value}`;
  if (typeof value['apiVersion'] === 'string' && typeof value['kind'] === 'string') return 'a Kubernetes object';
  return 'an object without "schema"';
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

interface Issue {
  readonly path: readonly PropertyKey[];
  readonly message: string;
}

/** The first issue with its place; the number of others, because one missing part often makes many. */
function issueText([first, ...more]: readonly Issue[]): string {
  if (first === undefined) return 'not a recording';
  const place = first.path
    .map((key, index) =>
      typeof key === 'number' ? `[${key}]` : `${index === 0 ? '' : '.'}${String(key).slice(0, 80)}`,
    )
    .join('');
  const what = first.message
    .replace(/^Invalid (?:input|option): /u, '')
    .replace(/, received undefined$/u, ', but it is missing');
  const rest = more.length === 0 ? '' : ` (and ${more.length} more)`;
  return `${place}: ${what}${rest}`;
}
