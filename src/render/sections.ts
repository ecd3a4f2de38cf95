/** What a verdict says, in the order in which one wants to read it; shared by the terminal and Markdown. */
import { count, duration, percent } from '../model/format.ts';
import type { Finding, Verdict } from '../model/verdict.ts';
import type { Section } from './labelled.ts';
import { shellWord } from './shell.ts';

/** What the user noticed; empty where the headline or the finding's own evidence says it. */
export function youSee(verdict: Verdict, finding: Finding | null): Section[] {
  const isSaid = finding === null ? isHeadline(verdict) : finding.evidence.some(({ label }) => label === 'You see');
  return isSaid || verdict.summary === '' ? [] : [{ label: 'You see', items: [verdict.summary] }];
}

/** The evidence of a finding, neighbours of one label together. */
export function evidenceSections(finding: Finding): Section[] {
  const sections: { label: string; items: string[] }[] = [];
  for (const { label, says } of finding.evidence) {
    const last = sections.at(-1);
    if (last?.label === label) last.items.push(says);
    else sections.push({ label, items: [says] });
  }
  return sections;
}

/** How much of the trouble the finding stands for: only where that is not simply all of it. */
export function explains(finding: Finding): Section[] {
  if (finding.explains >= 1) return [];
  const says =
    finding.explains === 0
      ? 'none of the slow or failed requests of this run'
      : `${percent(finding.explains)} of the slow and failed requests`;
  return [{ label: 'Explains', items: [says] }];
}

export function wouldSettle(finding: Finding): Section[] {
  return finding.wouldSettle === null ? [] : [{ label: 'Would settle', items: [finding.wouldSettle] }];
}

export function fix(finding: Finding): Section[] {
  if (finding.fix === null) return [];
  const { says, manifest } = finding.fix;
  return [
    {
      label: fixLabel(finding.fix),
      items: says === '' ? [] : [says],
      ...(manifest === null ? {} : { block: manifest }),
    },
  ];
}

/** What is not known to heal everything is not called the fix. */
export function fixLabel({ covers }: NonNullable<Finding['fix']>): string {
  if (covers === 'part') return 'Fix in part';
  return covers === 'unchecked' ? 'Try' : 'Fix';
}

export function ruledOut(verdict: Verdict): Section {
  return {
    label: 'Ruled out',
    items: verdict.ruledOut.map(({ suspect, because }) => (because === '' ? suspect : `${suspect} (${because})`)),
    inline: true,
  };
}

export function notMeasured(verdict: Verdict): Section {
  return { label: 'Not measured', items: verdict.notMeasured.map(({ what, because }) => `${what}: ${because}`) };
}

/** A run that did not end by itself is said, or a short look would pass for a full one. */
export function cutShort(verdict: Verdict): Section[] {
  const by = { timeout: 'time was up', interrupted: 'interrupted' }[verdict.run.ended];
  if (by === undefined) return [];
  const says = `${by} after ${duration(verdict.run.tookMs)}; judged from what had been measured until then`;
  return [{ label: 'Cut short', items: [says] }];
}

/** The command that measures again; `again` is it where the caller knows the flags of this run. */
export function next(verdict: Verdict, again: string | null): string {
  return again ?? `kprobe diagnose ${shellWord(verdict.target)}`;
}

/** `14 paths, 70 samples in 12.3 s`. */
export function extent(verdict: Verdict): string {
  const samples = verdict.paths.reduce((sum, path) => sum + path.samples, 0);
  return `${count(verdict.paths.length, 'path')}, ${count(samples, 'sample')} in ${duration(verdict.run.tookMs)}`;
}

/** What kprobe itself cost and how punctual it was: its own noise. */
export function probers({ run }: Verdict): Section {
  const items = (run.probers ?? []).map(({ node, agents, attempts, cpuMs, late }) => {
    const spent = cpuMs === null ? [] : [`${duration(cpuMs)} of CPU`];
    const began = `attempts began ${duration(late.p50Ms)} late (median), ${duration(late.p99Ms)} (p99)`;
    return `${node ?? 'this machine'}: ${[count(agents, 'agent'), count(attempts, 'attempt'), ...spent, began].join(', ')}`;
  });
  return { label: 'Probing took', items };
}

/** The first sentence of a verdict that has no finding to put there. */
export function headlineOf(verdict: Verdict): string {
  if (isHeadline(verdict)) return verdict.summary;
  switch (verdict.status) {
    case 'healthy':
      return `${verdict.target} is healthy`;
    case 'faulty':
      return `${verdict.target} is faulty`;
    case 'inconclusive':
      return inconclusive(verdict);
    default:
      return verdict.status satisfies never;
  }
}

/** A summary that names the target already is the better headline. */
function isHeadline({ summary, target, status }: Verdict): boolean {
  return status !== 'faulty' && target !== '' && summary.startsWith(target);
}

function inconclusive({ target, findings }: Verdict): string {
  if (findings.length === 0) return `${target}: no conclusion`;
  return findings.length === 1 ? `${target}: one possible cause` : `${target}: ${findings.length} causes still fit`;
}
