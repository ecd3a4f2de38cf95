/** How well one path did, in the words that the picture, the tables and the heat map share. */
import { percent } from '../../model/format.ts';
import type { PathHealth } from '../../model/path-health.ts';
import type { PathSummary } from '../../model/verdict.ts';

/** From best to worst: where several paths are drawn as one, the worst is shown. */
export const STATES: readonly PathHealth[] = ['unmeasured', 'good', 'slow', 'lossy', 'broken'];

/** A sign that says it without colour. */
export const SIGNS: Readonly<Record<PathHealth, string>> = {
  good: '✓',
  slow: '◆',
  lossy: '◐',
  broken: '✕',
  unmeasured: '–',
};

/** Nearly all, since a share is rounded where it was summed up. */
const ALL = 0.995;

export function healthOf({ samples, lost, modes }: PathSummary, slowAfterMs: number): PathHealth {
  if (samples === 0) return 'unmeasured';
  if (lost.share >= ALL) return 'broken';
  if (lost.share > 0) return 'lossy';
  return modes.some(({ ms }) => ms >= slowAfterMs) ? 'slow' : 'good';
}

/** `5 of 5 unanswered`, `2 of 8 unanswered`, `half of it slow`. */
export function healthSays(path: PathSummary, slowAfterMs: number): string {
  const slow = path.modes.filter(({ ms }) => ms >= slowAfterMs).reduce((sum, { share }) => sum + share, 0);
  const health = healthOf(path, slowAfterMs);
  switch (health) {
    case 'broken':
    case 'lossy':
      return `${Math.round(path.lost.share * path.samples)} of ${path.samples} unanswered`;
    case 'slow':
      return `${percent(Math.min(1, slow))} slow`;
    case 'good':
      return 'answered';
    case 'unmeasured':
      return 'not measured';
    default:
      return health satisfies never;
  }
}
