/** What `kprobe sweep` is asked for: a file, or targets on the command line. */
import { createReadStream } from 'node:fs';
import { basename } from 'node:path';
import { whyUnreadable } from '../model/unreadable.ts';
import { UserError } from '../model/user-error.ts';
import { checkNamespace, duration, type Flags, from, target, text } from '../options.ts';
import { parseSweepFile, SWEEP_DEFAULTS, type SweepFile } from '../sweep/file.ts';
import { keyOf } from '../sweep/key.ts';

export interface Asked {
  readonly file: SweepFile;
  readonly series: string;
}

/** Beyond this a name of a series is no name. */
const LONGEST_SERIES = 200;
/** A device or a pipe may never end; what is longer than this is no sweep file, and is said to be none. */
const MOST_BYTES_READ = 2 * 1024 * 1024;

export interface Given {
  readonly flags: Flags;
  /** Read for `-f -`. */
  readonly stdin: AsyncIterable<Uint8Array | string>;
}

/** Throws UserError. */
export async function sweepAsked(given: Given): Promise<Asked> {
  const { flags } = given;
  const path = text(flags, 'file');
  const targets = Array.isArray(flags['targets']) ? flags['targets'].map(String) : [];
  if (path !== null && targets.length > 0) {
    throw new UserError(`Either -f ${path} or targets, not both`, { hint: `add ${targets[0]} to the file` });
  }
  if (path === null && targets.length === 0) {
    throw new UserError('There is nothing to sweep', {
      hint: 'kprobe sweep -f sweep.yaml, or kprobe sweep shop.example.com; kprobe sweep --init > sweep.yaml makes a file',
    });
  }
  const file = path === null ? ofTargets(targets, flags) : await ofFile(path, given);
  const timeout = text(flags, 'timeout');
  const range = { from: 20_000, to: 3_600_000, such: '2m or 10m' };
  const timeoutMs = timeout === null ? file.timeoutMs : duration(flags, 'timeout', range);
  const series = path === null ? targets.toSorted().join(' ') : basename(path);
  return { file: { ...file, timeoutMs }, series: series.slice(0, LONGEST_SERIES) };
}

async function ofFile(path: string, { flags, stdin }: Given): Promise<SweepFile> {
  for (const name of ['namespace', 'from', 'slow-after']) {
    if (text(flags, name) === null) continue;
    throw new UserError(`--${name} belongs to targets on the command line`, { hint: `write it in ${path}` });
  }
  const bytes = await read(path === '-' ? stdin : createReadStream(path)).catch((cause: unknown) => {
    throw new UserError(`-f ${path} cannot be read: ${whyUnreadable(cause)}`, {
      cause,
      hint: 'kprobe sweep --init > sweep.yaml makes a file from the cluster',
    });
  });
  return parseSweepFile(bytes, path === '-' ? 'standard input' : path);
}

/** The beginning of a stream, and all of it where it is a sweep file. */
async function read(stream: AsyncIterable<Uint8Array | string>): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of stream) {
    chunks.push(Buffer.from(chunk));
    bytes += chunk.length;
    if (bytes > MOST_BYTES_READ) break;
  }
  return Buffer.concat(chunks);
}

function ofTargets(targets: readonly string[], flags: Flags): SweepFile {
  const namespace = text(flags, 'namespace');
  if (namespace !== null) checkNamespace(namespace, '--namespace');
  const client = from(text(flags, 'from'), namespace);
  const slowAfter = text(flags, 'slow-after');
  const range = { from: 1, to: 60_000, such: '500ms or 2s' };
  const slowAfterMs = slowAfter === null ? SWEEP_DEFAULTS.slowAfterMs : duration(flags, 'slow-after', range);
  const asked = targets.map((each) => ({ target: target(each), namespace, from: client }));
  const unique = new Map(asked.map((each) => [keyOf(each), { ...each, key: keyOf(each), slowAfterMs, expect: [] }]));
  const { probesPerSecondPerNode, pods, timeoutMs, keepMs } = SWEEP_DEFAULTS;
  return {
    targets: [...unique.values()],
    budget: { probesPerSecondPerNode, pods },
    timeoutMs,
    history: { keepMs, file: null },
    notify: { events: false, webhook: null, pushgateway: null, otlp: null, metricsFile: null },
    keepRecordings: true,
  };
}
