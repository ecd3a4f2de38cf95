/** The one test that would tell the candidates apart: a command of kprobe, and what each outcome would mean. Pure. */
import { list } from '../model/format.ts';
import type { TimerCandidate, TimingsReport } from '../model/timings.ts';
import type { SeenMode } from './seen-modes.ts';
import type { Timings } from './timings.ts';

/** Candidates that the test is described by. */
const MOST = 6;
/** Hosts, addresses, URLs without anything that a shell or a reader could stumble over. */
const PLAIN_TARGET = /^[a-z0-9][\w.:/[\]-]*$/iu;

const LOOKS: readonly (readonly [TimerCandidate['phases'][number], string])[] = [
  ['dns', 'lookup (each nameserver asked by itself, A and AAAA apart)'],
  ['connect', 'connect (the SYNs that each path repeats are counted)'],
  ['tls', 'TLS handshake'],
  ['first-byte', 'first byte (each endpoint is asked directly, from the proxy’s own node)'],
  ['body', 'body (small and large answers)'],
];

export function settle({
  slow,
  candidates,
  timings: { target, isEcho, untimed },
}: {
  slow: readonly SeenMode[];
  candidates: readonly TimerCandidate[];
  timings: Timings;
}): TimingsReport['settle'] {
  if (slow.length === 0 && untimed === 0) return null;
  if (isEcho) {
    return {
      command: 'kprobe matrix',
      says: 'measures connects and datagrams between all nodes, which echoes only hint at',
    };
  }
  const asked = targetOf(target);
  const known = new Set(slow.flatMap(({ phase }) => phase ?? []));
  const top = candidates.slice(0, MOST);
  const isDns = known.size > 0 && [...known].every((phase) => phase === 'dns');
  const from = isDns ? ' --from NAMESPACE/WORKLOAD' : '';
  const whose = isDns ? ', NAMESPACE/WORKLOAD being the client whose lookups are slow' : '';
  const named = LOOKS.flatMap(([phase, look]) => {
    if (known.size > 0 && !known.has(phase)) return [];
    const names = top.filter(({ phases }) => phases[0] === phase || known.has(phase)).map(({ name }) => name);
    return names.length === 0 ? [] : [`slow in ${look}: ${list([...new Set(names)], 4)}`];
  });
  const says =
    named.length === 0
      ? `times lookup, connect, TLS and first byte of fresh connections on every hop${whose}`
      : `${named.join('; ')}${whose}`;
  return { command: `kprobe diagnose ${asked}${from}`, says };
}

/** A URL without query, or a word to replace. */
function targetOf(target: string | null): string {
  const bare = target?.split(/[?#]/u)[0] ?? '';
  return PLAIN_TARGET.test(bare) && !bare.includes('..') ? bare : 'TARGET';
}
