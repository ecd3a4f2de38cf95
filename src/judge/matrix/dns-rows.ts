/** What each node sees of each DNS server. */
import type { MatrixDns } from '../../model/matrix.ts';
import type { Evidence, PathEvidence } from '../evidence/evidence.ts';
import { quantile } from '../evidence/median.ts';
import { isClearlySlower } from '../views/slow-node-pairs.ts';
import { isSlow, healthOf } from './cells.ts';
import { percentilesOf, sharesOf } from './percentiles.ts';

/** Slow is a server that answers one node much later than three quarters of them. */
const MOST = 0.75;

export function dnsRows(evidence: Evidence): MatrixDns[] {
  const asked = evidence.paths.filter(({ path }) => path.to.kind === 'dns-server');
  const others = new Map(
    [...Map.groupBy(asked, serverOf)].map(([server, paths]) => [
      server,
      quantile(
        paths.flatMap((path) => path.median('total') ?? []),
        MOST,
      ),
    ]),
  );
  return asked.map((path) => {
    const isLate = isClearlySlower(path.median('total') ?? 0, others.get(serverOf(path)) ?? 0);
    return {
      node: path.from.node ?? '',
      server: serverOf(path),
      name: nameOf(path),
      attempts: path.attempts.length,
      roundTrip: percentilesOf(path.answered.map(({ sample }) => sample.totalMs)),
      lost: sharesOf(path.lost),
      state: healthOf(path, isLate || isSlow(evidence, path)),
    };
  });
}

function serverOf({ path: { to } }: PathEvidence): string {
  return 'address' in to ? to.address : '';
}

function nameOf({ path: { to } }: PathEvidence): string {
  const named = to.kind === 'dns-server' ? (to.pod ?? to.service) : null;
  return named === null ? '' : `${named.namespace}/${named.name}`;
}
