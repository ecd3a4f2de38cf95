/** What `kprobe sweep` is asked for: a file, or targets on the command line. */
import { readFile, stat } from 'node:fs/promises';
import { basename } from 'node:path';
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
/** Read no more of a file that is certainly none of ours. */
const LARGEST_READ_BYTES = 64 * 1024 * 1024;

/** Throws UserError. */
export async function sweepAsked(flags: Flags): Promise<Asked> {
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
  const file = path === null ? ofTargets(targets, flags) : await ofFile(path, flags);
  const timeout = text(flags, 'timeout');
  const range = { from: 20_000, to: 3_600_000, such: '2m or 10m' };
  const timeoutMs = timeout === null ? file.timeoutMs : duration(flags, 'timeout', range);
  const series = path === null ? targets.toSorted().join(' ') : basename(path);
  return { file: { ...file, timeoutMs }, series: series.slice(0, LONGEST_SERIES) };
}

async function ofFile(path: string, flags: Flags): Promise<SweepFile> {
  for (const name of ['namespace', 'from', 'slow-after']) {
    if (text(flags, name) === null) continue;
    throw new UserError(`--${name} belongs to targets on the command line`, { hint: `write it in ${path}` });
  }
  const bytes = await read(path).catch((cause: NodeJS.ErrnoException) => {
    throw new UserError(`-f ${path} cannot be read (${cause.code ?? cause.message})`, {
      cause,
      hint: 'kprobe sweep --init > sweep.yaml makes a file from the cluster',
    });
  });
  return parseSweepFile(bytes, path);
}

async function read(path: string): Promise<Uint8Array> {
  const { size } = await stat(path);
  if (size <= LARGEST_READ_BYTES) return readFile(path);
  throw new UserError(`-f ${path} has ${size} bytes: that is no sweep file`);
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
