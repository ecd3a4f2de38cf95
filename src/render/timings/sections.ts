/** What is said of timings, in the order in which one wants to read it; shared by the terminal and Markdown. */
import { duration, interval, list } from '../../model/format.ts';
import type { TimerCandidate, TimingMode, TimingsReport } from '../../model/timings.ts';
import type { Section } from '../labelled.ts';

/** Without -v: the likeliest, and what people would suspect most. */
const SHORT_CANDIDATES = 6;
const SHORT_DOUBTS = 4;

export function headlineOf({ summary, candidates, modes }: TimingsReport): string {
  if (candidates.length > 0 || modes.length < 2) return summary;
  return `${summary}: no timer fits`;
}

export function sections(report: TimingsReport, verbose: boolean): Section[] {
  const { candidates, doesNotFit, remarks, settle } = report;
  const shown = verbose ? candidates : candidates.slice(0, SHORT_CANDIDATES);
  const doubts = verbose ? doesNotFit : doesNotFit.slice(0, SHORT_DOUBTS);
  return [
    { label: 'Read as', items: [report.format.says] },
    { label: 'Modes', items: report.modes.map(modeLine) },
    { label: 'May be', items: [...shown.map(candidateLine), ...more(candidates.length - shown.length)] },
    {
      label: 'Does not fit',
      items: [
        ...doubts.map(({ suspect, because }) => `${suspect}: ${because}`),
        ...more(doesNotFit.length - doubts.length),
      ],
    },
    { label: 'Beware', items: remarks },
    ...(settle === null ? [] : [{ label: 'Would settle', items: [settle.command, settle.says] }]),
  ];
}

function more(left: number): string[] {
  return left > 0 ? [`and ${left} more (-v)`] : [];
}

function modeLine({ lowestMs, highestMs, share, phase, outcome, statuses, count }: TimingMode): string {
  const [low, high] = [duration(lowestMs), duration(highestMs)];
  const facts = [
    low === high ? low : `${low} to ${high}`,
    `${count === null ? '' : `${count}, `}${interval(share)} of all`,
    ...(phase === null ? [] : [`in ${phase}`]),
    ...(outcome === null ? [] : [outcome === 'mixed' ? 'some failed' : outcome]),
    ...(statuses.length === 0 ? [] : [`status ${list(statuses.map((status) => String(status).padStart(3, '0')))}`]),
  ];
  return facts.join(', ');
}

function candidateLine({ name, nominalMs, because, distinguishedBy, backing }: TimerCandidate): string {
  const values = nominalMs.map((ms) => duration(ms));
  return `${name} (${list(values, 5)}), ${list(because, 6)}. Told apart: ${distinguishedBy}. [${backing}]`;
}
