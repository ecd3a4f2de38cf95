import { anyDelay, explain } from '../engine/reach.ts';
import { duration, list } from '../../model/format.ts';
import { isBroken, isWorking } from '../views/hops.ts';
import { areConnected } from '../views/mesh.ts';
import { behaviour, line, nameOfSource, sight } from '../words/words.ts';
import { defineDiagnosis } from '../engine/diagnosis.ts';
import { frontPaths, isDeadReplica, isLiveReplica, replicasOf } from '../views/dns.ts';

/** RES_TIMEOUT of glibc: the wait before the next server or the next try (resolv/resolv.h). musl waits 2.5 s. */
const GLIBC_TIMEOUT_MS = 5000;

export default defineDiagnosis({
  id: 'dead-dns-endpoint',
  class: 'dns-fallback',
  title: 'One DNS server behind the DNS Service does not answer',
  why: 'The Service hands each query to one of its replicas. A query that meets the dead one is never answered; glibc asks again after 5 s, musl after 2.5 s, so a share of all lookups takes that long.',
  test: "The same query goes to each replica directly, from every node, beside a probe pod on the replica's node: a replica that answers nobody, on a node that answers everybody, is dead by itself.",
  remedy: 'Delete the pod so that it is replaced, and give it a readiness probe that really asks it a question.',
  limits:
    'A replica that loses only some answers is another diagnosis. Caches in the nodes or the application hide the delay.',
  maskedBy: ['unreachable-dns', 'broken-overlay', 'broken-node-overlay', 'broken-node-pair'],
  find(evidence) {
    const replicas = replicasOf(evidence);
    const live = replicas.filter((replica) => isLiveReplica(replica));
    if (live.length === 0) return [];
    return replicas.filter(isDeadReplica).map((replica) => {
      const beside = replica.asked.filter((path) => areConnected(evidence, path.from.node, replica.node) === true);
      const front = frontPaths(evidence);
      const accounts = [...replica.all.filter(isBroken), ...front];
      const explained = explain(evidence, accounts, anyDelay);
      const first = replica.asked[0];
      return {
        certainty: beside.length > 0 ? ('proven' as const) : ('likely' as const),
        title: `DNS server ${replica.name.name} does not answer; ${list(live.map((each) => each.name.name))} ${live.length === 1 ? 'does' : 'do'}`,
        object: { kind: 'Pod', ...replica.name },
        where: { from: 'all nodes', to: replica.node ?? replica.address },
        timer: { name: 'resolver timeout (glibc: 5 s; musl: 2.5 s)', ms: GLIBC_TIMEOUT_MS },
        evidence: [
          ...sight(evidence, explained),
          line(
            'Where',
            `${replica.name.name} (${replica.address}) from ${list(replica.asked.map(nameOfSource))}: ${first === undefined ? '' : behaviour(first)}`,
            replica.asked.flatMap((path) => path.unanswered),
          ),
          line(
            'Others',
            live
              .map((each) => `${each.name.name}: ${duration(each.all.find(isWorking)?.median('total') ?? 0)}`)
              .join('; '),
            live.flatMap((each) => each.all.flatMap((path) => path.answered)).slice(0, 10),
          ),
          ...(beside.length > 0
            ? [
                line(
                  'Its node',
                  `a probe pod on ${replica.node} answers the same vantages, so the node and the way to it are well`,
                ),
              ]
            : []),
          line(
            'Why 5.0 s',
            `about 1 of ${replicas.length} queries meets it, and the resolver asks again only after its timeout`,
          ),
        ],
        fix: { says: `kubectl -n ${replica.name.namespace} delete pod ${replica.name.name}`, manifest: null },
        wouldSettle: beside.length > 0 ? null : `Place a probe pod on ${replica.node ?? 'its node'} and ask again.`,
        accounts: accounts.map((path) => path.path.id),
        explained,
      };
    });
  },
});
