/** The flags of `kprobe install` that schedule a sweep in the cluster, checked. */
import { readFile } from 'node:fs/promises';
import type { Options } from 'yargs';
import type { SweepInstallation } from '../install/sweep-manifests.ts';
import { whyUnreadable } from '../model/unreadable.ts';
import { UserError } from '../model/user-error.ts';
import { checkName, type Flags, image, text } from '../options.ts';
import { values } from './choice.ts';
import { imageFlags, pullChoice } from './image-flags.ts';

export const sweepInstallFlags = {
  schedule: { type: 'string', requiresArg: true, describe: 'When to sweep, as cron has it: "*/10 * * * *"' },
  file: { alias: 'f', type: 'string', requiresArg: true, describe: 'The sweep file; kprobe sweep --init writes one' },
  'time-zone': { type: 'string', requiresArg: true, describe: 'Of the schedule; else that of the control plane' },
  ...imageFlags,
  image: { type: 'string', requiresArg: true, describe: "kprobe's own image, for sweeps and their probes" },
  history: { type: 'string', requiresArg: true, describe: 'none: do not compare sweeps, and keep no volume' },
  'history-size': { type: 'string', requiresArg: true, default: '1Gi', describe: 'Of the volume for the history' },
  'storage-class': { type: 'string', requiresArg: true, describe: 'Of the volume; else that of the cluster' },
  'cluster-name': { type: 'string', requiresArg: true, describe: 'In metrics and notices; else that of the context' },
  'env-secret': {
    type: 'string',
    array: true,
    nargs: 1,
    describe: 'Secret whose keys become environment variables: urlFromEnv',
  },
} as const satisfies Record<string, Options>;

/** Of these some make no sense without a schedule. Those with defaults cannot be told from ones that were not given. */
const NEED_SCHEDULE = [
  'file',
  'time-zone',
  'image',
  'pull-secret',
  'history',
  'storage-class',
  'cluster-name',
  'env-secret',
];
/** The API server takes ConfigMaps of up to 1 MiB (kubernetes.io, "ConfigMaps"). */
const LARGEST_FILE_BYTES = 1_000_000;
/** What Kubernetes takes as a size (kubernetes.io, "Quantity"), without exponents and fractions of bytes. */
export const SIZE = /^[1-9]\d{0,5}(?:Mi|Gi|Ti|M|G|T)$/;

/** Good enough for probes, which bring their program along. */
const NODE_ITSELF = /(?:^|\/)node(?:[:@]|$)/;

export interface ScheduledSweep {
  readonly installation: SweepInstallation;
  /** What is allowed, and probably not meant. */
  readonly remarks: readonly string[];
  /** Whether its file asks for Events. */
  readonly events: boolean;
}

/** null: no sweep is to be scheduled. Throws UserError. */
export async function scheduledSweep(flags: Flags, now: Date): Promise<ScheduledSweep | null> {
  const asked = text(flags, 'schedule');
  if (asked === null) {
    const idle = NEED_SCHEDULE.find((name) => flags[name] !== undefined);
    if (idle === undefined) return null;
    throw new UserError(`--${idle} belongs to a scheduled sweep`, { hint: 'add --schedule "*/10 * * * *"' });
  }
  const [{ parseSchedule, shortestGapMs }, { parseSweepFile }, { sweepRemarks }] = await Promise.all([
    import('../install/schedule.ts'),
    import('../sweep/file.ts'),
    import('../install/sweep-remarks.ts'),
  ]);
  const schedule = parseSchedule(asked, text(flags, 'time-zone'), now);
  const path = text(flags, 'file');
  if (path === null)
    throw new UserError('--schedule needs a sweep file', { hint: 'add -f sweep.yaml; kprobe sweep --init writes one' });
  const bytes = await read(path);
  const [parsed, volume] = [parseSweepFile(bytes, path), history(flags)];
  const environmentSecrets = secrets(flags);
  const gapMs = shortestGapMs(schedule, now);
  const clusterName = nameOfCluster(flags);
  // Where a cluster is asked, its context gives it a name.
  const isNamed = clusterName !== null || flags['dry-run'] !== true;
  const remarks = sweepRemarks(parsed, { twins: values(flags, 'twins'), environmentSecrets, isNamed, gapMs });
  const installation = {
    schedule: schedule.text,
    timeZone: schedule.timeZone,
    file: bytes.toString('utf8'),
    timeoutMs: parsed.timeoutMs,
    image: ownImage(flags),
    pull: pullChoice(flags),
    history: parsed.history === 'none' ? null : volume,
    environmentSecrets,
    hostVantages: flags['no-host'] !== true,
    clusterName,
  };
  return { installation, remarks, events: parsed.notify.events };
}

async function read(path: string): Promise<Buffer> {
  const bytes = await readFile(path).catch((cause: unknown) => {
    throw new UserError(`--file ${path} cannot be read: ${whyUnreadable(cause)}`, { cause });
  });
  if (bytes.length <= LARGEST_FILE_BYTES) return bytes;
  throw new UserError(`--file ${path} is too large for a ConfigMap (1 MB)`, { hint: 'split it' });
}

function ownImage(flags: Flags): string {
  const given = image(text(flags, 'image'));
  if (given !== null && !NODE_ITSELF.test(given)) return given;
  const wrong = given === null ? "--schedule needs --image: kprobe's own" : `--image ${given} has no kprobe in it`;
  throw new UserError(wrong, { hint: 'docker build -t REGISTRY/kprobe . && docker push REGISTRY/kprobe' });
}

function history(flags: Flags): SweepInstallation['history'] {
  const [asked, storageClass] = [text(flags, 'history'), text(flags, 'storage-class')];
  if (asked === 'none' && storageClass === null) return null;
  if (asked === 'none') throw new UserError('--history none and --storage-class: one or the other');
  if (asked !== null)
    throw new UserError(`--history ${asked} is not known`, { hint: 'it takes none; without it there is a volume' });
  const size = text(flags, 'history-size') ?? '';
  if (!SIZE.test(size)) throw new UserError(`--history-size ${size} is no size`, { hint: 'for example 1Gi or 500Mi' });
  if (storageClass !== null) checkName(storageClass, '--storage-class');
  return { size, storageClass };
}

function nameOfCluster(flags: Flags): string | null {
  const name = text(flags, 'cluster-name');
  if (name === null || /^[^\p{Cc}\p{Cf}]{1,253}$/u.test(name)) return name;
  throw new UserError('--cluster-name is no name', { hint: 'for example --cluster-name production' });
}

function secrets(flags: Flags): string[] {
  const names = values(flags, 'env-secret');
  for (const name of names) checkName(name, '--env-secret');
  return names;
}
