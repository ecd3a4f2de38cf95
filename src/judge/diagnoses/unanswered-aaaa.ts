import { defineDiagnosis } from '../engine/diagnosis.ts';
import { duration } from '../../model/format.ts';
import type { Evidence, PathEvidence } from '../evidence/evidence.ts';
import { isBroken, isWorking } from '../evidence/state.ts';
import { frontPaths, isPlainQuery, resolverWaitMs } from '../views/dns.ts';
import { line } from '../words/words.ts';

export default defineDiagnosis({
  id: 'unanswered-aaaa',
  class: 'dns-fallback',
  layer: 'dns',
  title: 'DNS answers for IPv4 addresses, and never for IPv6',
  why: 'Resolvers ask for A and AAAA together and wait for both. Where AAAA is dropped on the way or ignored, glibc takes 15 s for the first name of a process and 5 s for each one after (it goes on one by one), although the A answer was there at once; musl gives up after 5 s.',
  test: 'The same name is asked of the same server for A and for AAAA, each alone: A is answered, AAAA never.',
  remedy:
    'Find who drops AAAA: a firewall rule on DNS, an upstream that ignores the type, a template or rewrite of the DNS server. An empty answer (NOERROR) is all that is needed.',
  limits: 'Where only some AAAA answers are lost, that is lost-dns-answers.',
  experiments: ['record-types', 'dns-servers', 'client-resolution'],
  suspects: (evidence) => {
    const all = evidence.paths.filter(isSixQuery);
    return all.length === 0 ? [] : [all];
  },
  arm: (all, evidence) => {
    const asked = all.filter((path) => beside(evidence, path).some(isWorking));
    return { paths: asked, fails: asked.length > 0 && asked.every(isBroken) };
  },
  contrasts: (all, evidence) => {
    const plain = all.flatMap((path) => beside(evidence, path)).filter(isWorking);
    return [
      {
        label: 'A',
        holds: plain.length > 0,
        says: `the same servers answer the same vantages for A in ${duration(plain[0]?.median('total') ?? 0)}`,
        attempts: plain.flatMap(({ answered }) => answered).slice(0, 10),
        settles: 'Ask the same server for A.',
      },
    ];
  },
  suffer: (_all, evidence) => [
    ...frontPaths(evidence),
    ...evidence.paths.filter(
      (path) => path.path.probe.kind === 'dns' && path.path.probe.type === 'A+AAAA' && isBroken(path),
    ),
  ],
  blame: (_all, evidence) => {
    const { dnsService } = evidence.cluster;
    return {
      title: 'DNS never answers for IPv6 addresses (AAAA), and does for IPv4: resolvers wait for both',
      object: dnsService === null ? null : { kind: 'Service', ...dnsService },
      where: null,
      timer: { name: 'resolver timeout', ms: resolverWaitMs(evidence) },
      lines: [
        line(
          `Why ${duration(3 * resolverWaitMs(evidence))}`,
          'glibc asks both at once, then one after the other, then gives up AAAA: three waits for the first name, one for each later one',
        ),
      ],
      fix: {
        says: 'Let AAAA questions through, or have the server answer them with NOERROR and nothing; until then `options no-aaaa` (glibc 2.36) in dnsConfig spares the wait.',
        manifest: null,
      },
    };
  },
});

function isSixQuery({ path: { probe }, state }: PathEvidence): boolean {
  return probe.kind === 'dns' && probe.type === 'AAAA' && state !== 'unmeasured';
}

/** The same vantage's plain question to the same server. */
function beside(evidence: Evidence, { path: { to }, from }: PathEvidence): PathEvidence[] {
  return evidence.paths.filter(
    (other) =>
      isPlainQuery(other) &&
      other.from.id === from.id &&
      'address' in other.path.to &&
      'address' in to &&
      other.path.to.address === to.address,
  );
}
