/** The table of paths, as cells: how each table looks is up to its renderer. */
import { duration, interval, percent } from '../model/format.ts';
import type { PathSummary, Verdict } from '../model/verdict.ts';

export const PATH_COLUMNS = ['From', 'To', 'Probe', 'Locality', 'Samples', 'Modes', 'Lost', 'Seen as'] as const;

/** One row a path, cells in the order of PATH_COLUMNS. */
export function pathRows(verdict: Verdict): string[][] {
  return verdict.paths.map((path) => [
    ends(path.from.agent, path.from.node),
    ends(path.to.name, path.to.node),
    path.probe,
    path.locality,
    String(path.samples),
    modes(path),
    lost(path),
    path.seenAs.join(' '),
  ]);
}

function ends(name: string, node: string | null): string {
  return node === null || name.includes(node) ? name : `${name} (${node})`;
}

function modes(path: PathSummary): string {
  const [only, ...more] = path.modes;
  if (only === undefined) return '-';
  if (more.length === 0) return duration(only.ms);
  return path.modes.map((mode) => `${duration(mode.ms)} (${percent(mode.share)})`).join(' ');
}

function lost({ lost: { share: lostShare, interval: bounds }, samples }: PathSummary): string {
  if (samples === 0) return '-';
  return `${Math.round(lostShare * samples)} of ${samples} (${interval(bounds)})`;
}
