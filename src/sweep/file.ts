/** A sweep file, read and checked: YAML in, what a sweep is asked for out. */
import { isScalar, LineCounter, parseDocument } from 'yaml';
import type { SweepRequest, SweepTarget } from '../model/sweep.ts';
import { UserError } from '../model/user-error.ts';
import { placeAt, problemsOf, type Source } from './file-problems.ts';
import { SweepFileShape } from './file-shape.ts';
import { keyOf } from './key.ts';
import type { Notify } from './notify.ts';

export interface SweepFile extends SweepRequest {
  /** `file`: null where none is named. */
  readonly history: 'none' | { readonly keepMs: number; readonly file: string | null };
  readonly notify: Notify;
  /** Keep recordings of targets that are not healthy. */
  readonly keepRecordings: boolean;
}

/** A sweep file of thousands of targets has a few hundred kilobytes. */
const LARGEST_BYTES = 1024 * 1024;
/** What an anchor may be repeated; a file of a few lines must not become gigabytes (yaml, "maxAliasCount"). */
const MOST_ALIASES = 100;
/** More mistakes than these are one: it is another kind of file. */
const MOST_PROBLEMS = 10;

/** Where the file and the flags are silent. */
export const SWEEP_DEFAULTS = {
  probesPerSecondPerNode: 20,
  pods: 60,
  timeoutMs: 300_000,
  slowAfterMs: 500,
  keepMs: 30 * 86_400_000,
} as const;

/** `file` is its name, for messages. Throws UserError: a line for each thing that is wrong, with its place. */
export function parseSweepFile(bytes: Uint8Array, file: string): SweepFile {
  const source = documentOf(textOf(bytes, file), file);
  const checked = SweepFileShape.safeParse(withBareTargets(valueOf(source)));
  if (!checked.success) throw problems(problemsOf(source, checked.error));
  return assemble(checked.data, source);
}

function textOf(bytes: Uint8Array, file: string): string {
  if (bytes.length > LARGEST_BYTES) {
    throw new UserError(`${file} is larger than a sweep file may be (1 MiB)`, { hint: 'split it into several sweeps' });
  }
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    if (!text.includes('\u0000')) return text;
  } catch {
    // Told below.
  }
  throw new UserError(`${file} is no text`, { hint: 'a sweep file is YAML; kprobe sweep --init writes one' });
}

function documentOf(text: string, file: string): Source {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const source = { file, document, lines };
  const found = document.errors.map(
    ({ message, pos: [offset] }) => `${placeAt(source, offset)}: ${message.split('\n')[0]}`,
  );
  if (found.length > 0) throw problems(found);
  if (document.contents === null || (isScalar(document.contents) && document.contents.value === null)) {
    throw new UserError(`${file} is empty`, { hint: 'name at least one target; kprobe sweep --init writes a file' });
  }
  return source;
}

function valueOf({ document, file }: Source): unknown {
  try {
    return document.toJS({ maxAliasCount: MOST_ALIASES });
  } catch (cause) {
    const because = cause instanceof Error ? cause.message : String(cause);
    throw new UserError(`${file}: ${because}`, { cause, hint: 'write it without anchors and aliases' });
  }
}

/** A target may be a bare text. */
function withBareTargets(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || !('targets' in value) || !Array.isArray(value.targets))
    return value;
  const targets = value.targets.map((each: unknown) => (typeof each === 'string' ? { target: each } : each));
  return { ...value, targets };
}

function problems(lines: readonly string[]): UserError {
  const [first = '', ...rest] = lines.slice(0, MOST_PROBLEMS);
  const left = lines.length - MOST_PROBLEMS;
  return new UserError(first, { more: left > 0 ? [...rest, `… and ${left} more`] : rest });
}

function assemble(shape: SweepFileShape, source: Source): SweepFile {
  const { budget = {}, history = {}, notify = {} } = shape;
  const targets = shape.targets.map((each) => targetOf(each, shape.defaults ?? {}));
  const doubles = targets.flatMap(({ key }, at) => {
    const first = targets.findIndex((each) => each.key === key);
    return first < at
      ? [`${placeOf(source, at)}: targets[${at}]: ${key} is named twice, first as targets[${first}]`]
      : [];
  });
  if (doubles.length > 0) throw problems(doubles);
  const { webhook, pushgateway = null, otlp = null, metricsFile = null, events = false } = notify;
  const { url = null, urlFromEnv = null, kind = 'json', always = false } = webhook ?? {};
  return {
    targets,
    budget: {
      probesPerSecondPerNode: budget.probesPerSecondPerNode ?? SWEEP_DEFAULTS.probesPerSecondPerNode,
      pods: budget.pods ?? SWEEP_DEFAULTS.pods,
    },
    timeoutMs: budget.timeout ?? SWEEP_DEFAULTS.timeoutMs,
    history:
      history === 'none' ? 'none' : { keepMs: history.keep ?? SWEEP_DEFAULTS.keepMs, file: history.file ?? null },
    notify: {
      events,
      webhook: webhook === undefined ? null : { url, urlFromEnv, kind, always },
      pushgateway,
      otlp,
      metricsFile,
    },
    keepRecordings: shape.keepRecordings ?? true,
  };
}

type Fields = SweepFileShape['targets'][number];

function targetOf(own: Fields, defaults: NonNullable<SweepFileShape['defaults']>): SweepTarget {
  const asked = {
    target: own.target,
    namespace: own.namespace ?? defaults.namespace ?? null,
    from: own.from ?? defaults.from ?? null,
  };
  return {
    ...asked,
    key: keyOf(asked),
    slowAfterMs: own.slowAfter ?? defaults.slowAfter ?? SWEEP_DEFAULTS.slowAfterMs,
    expect: own.expect ?? defaults.expect ?? [],
  };
}

function placeOf(source: Source, position: number): string {
  const node: unknown = source.document.getIn(['targets', position], true);
  const range = typeof node === 'object' && node !== null && 'range' in node ? (node.range as number[] | null) : null;
  return placeAt(source, range?.[0] ?? 0);
}
