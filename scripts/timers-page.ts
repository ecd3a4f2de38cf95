/** docs/timers.md, from the timer catalogue. */
import { valuesOf } from '../src/judge/evidence/timer-values.ts';
import type { Timer } from '../src/judge/evidence/timer.ts';

const TITLES: Readonly<Record<Timer['of'], string>> = {
  kernel: 'The kernel',
  resolver: 'Resolvers and name servers',
  proxy: 'Proxies and ingress controllers',
  client: 'Client libraries',
  application: 'Inside applications: pools, drivers, servers',
};
const ENDS: Readonly<Record<Timer['ends'], string>> = {
  answered: 'an answer after all',
  failed: 'an error',
  either: 'an answer or an error',
};

export function timersPage(timers: readonly Timer[]): string {
  const parts = Object.entries(TITLES).map(([of, title]) =>
    [`## ${title}`, ...timers.filter((timer) => timer.of === of).map(section)].join('\n\n'),
  );
  return `${[HEAD, ...parts].join('\n\n')}\n`;
}

const HEAD = `<!-- Written by npm run docs; do not edit. -->
# Timers

The timers by which kprobe names a delay, by their default values; live settings (sysctls, resolv.conf, the proxy's own) are used where they
are read. *Measured*: a test of this project (\`npm run test:programs\`) waits for it on the real thing. *By documentation*: it was read in the
source that is named, and no test has seen it. A value names candidates; only an experiment proves one. \`kprobe explain\` matches timings from
elsewhere against this list.`;

function section(timer: Timer): string {
  const lines = [
    `### ${timer.id}`,
    '',
    `${timer.name}: ${valuesOf(timer)}, in ${timer.phases.join(', ')}; ends in ${ENDS[timer.ends]}.`,
    '',
    `- Told apart: ${timer.distinguishedBy}.`,
    `- Source: ${timer.source} (${timer.backing}).`,
  ];
  return lines.join('\n');
}
