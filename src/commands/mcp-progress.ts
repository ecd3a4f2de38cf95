/** What a run reports, as progress notifications of the protocol: seldom, and never fewer than before. */
import type { Progress, ReportProgress } from '../model/progress.ts';

/** Often enough to be watched. */
const EVERY_MS = 500;

export interface Notice {
  readonly progress: number;
  readonly total?: number;
  readonly message: string;
}

/** `now` in milliseconds. */
export function notices(send: (notice: Notice) => void, now: () => number): ReportProgress {
  const paths = new Map<string, Extract<Progress, { kind: 'path' }>>();
  let last = 0;
  let sentAt = Number.NEGATIVE_INFINITY;
  const tell = (message: string, done: number, total: number | null) => {
    // The protocol wants each greater than the one before.
    last = Math.max(done, last + 0.01);
    sentAt = now();
    send({ progress: last, ...(total === null ? {} : { total: Math.max(total, last) }), message });
  };
  return (progress) => {
    if (progress.kind === 'stage') return tell(`${progress.stage}: ${progress.says}`, last, null);
    if (progress.kind === 'limitation')
      return tell(`${progress.limitation.what}: ${progress.limitation.because}`, last, null);
    if (progress.kind !== 'path') return undefined;
    paths.set(progress.id, progress);
    if (now() - sentAt < EVERY_MS) return undefined;
    const sum = (count: (path: Extract<Progress, { kind: 'path' }>) => number) =>
      [...paths.values()].reduce((total, path) => total + count(path), 0);
    const [done, planned] = [sum((path) => path.done), sum((path) => path.planned)];
    return tell(`collect: ${done} of ${planned} attempts on ${paths.size} paths`, done, planned);
  };
}
