import { duration, list } from '../../model/format.ts';
import { defineDiagnosis } from '../engine/diagnosis.ts';
import type { PathEvidence, Attempt } from '../evidence/evidence.ts';
import { isWorking } from '../evidence/state.ts';
import { isWithin } from '../evidence/window.ts';
import { isSoon } from '../views/rejects.ts';
import { ends, line } from '../words/words.ts';

/** mcast_solicit 3 × retrans_time_ms 1000 (Linux ip-sysctl.rst, neigh): how long a kernel looks for a neighbour. Measured 3.07 s. */
const LOOKED_FOR_MS = 3000;

export default defineDiagnosis({
  id: 'unreachable-neighbor',
  class: 'retransmit-drop',
  layer: 'network',
  title: 'The last router asks who has the address, and nobody answers',
  why: 'The address belongs to a network that a node (or a router on the way) is attached to, so it asks its neighbours by ARP three times, a second apart, and then says "no route to host". Whoever asks first waits 3.1 s, who comes while it is being looked for only the rest; then it begins anew.',
  test: 'Connects go to the address a second apart from every node: they end in EHOSTUNREACH after 3 s or the rest of it, neither at once (a reject) nor never (a drop), while the same vantages reach others.',
  remedy:
    'Start the machine, or correct the address: it is down, has another address, or stands in another network (VLAN).',
  limits:
    'An endpoint of a Service that ends like this is called dead-endpoint. Who looked for the neighbour is not seen: the client’s node, or a router that tells it by ICMP.',
  experiments: ['endpoints', 'external-hosts', 'node-pairs'],
  suspects: (evidence) => {
    const lost = evidence.target.service === null ? evidence.paths.filter(isLookedFor) : [];
    return lost.length === 0 ? [] : [lost];
  },
  arm: (lost) => ({ paths: lost, fails: true }),
  contrasts: (lost, evidence) => {
    const waited = lost.flatMap(({ unanswered }) => unanswered.filter(isWhole));
    const sources = new Set(lost.map(({ from }) => from.id));
    const others = evidence.paths.filter(
      (path) =>
        sources.has(path.from.id) &&
        !lost.includes(path) &&
        path.state !== 'unmeasured' &&
        path.path.locality === 'cross-node',
    );
    const working = others.filter(isWorking);
    return [
      {
        label: 'Timer',
        holds: true,
        says: `${waited.length} of ${lost.flatMap(({ unanswered }) => unanswered).length} connects ended after the whole 3 s, ${list(
          waited.map(({ sample }) => duration(sample.totalMs)),
          3,
        )}`,
        attempts: waited,
        settles: '',
      },
      {
        label: 'Elsewhere',
        holds: others.length === 0 ? null : working.length > 0,
        says: `the same vantages reach others: ${list(working.slice(0, 2).map(ends), 2)}`,
        attempts: working.flatMap(({ answered }) => answered).slice(0, 10),
        settles: 'Connect from the same node to a probe pod on another one.',
      },
    ];
  },
  suffer: (lost, evidence) => {
    const addresses = new Set(lost.map(addressOf));
    return evidence.paths.filter((path) => addresses.has(addressOf(path)) && path.unanswered.length > 0);
  },
  blame: (lost, evidence) => {
    const addresses = [...new Set(lost.map(addressOf))];
    const node = evidence.cluster.nodes.find((each) => each.addresses.some((own) => addresses.includes(own)));
    return {
      title: `Nobody on its network answers for ${list(addresses)}: connects end in "no route to host" after 3.1 s`,
      object: node === undefined ? null : { kind: 'Node', namespace: null, name: node.name },
      where: { from: 'all nodes', to: node?.name ?? addresses[0] ?? '?' },
      timer: { name: 'neighbour resolution (3 × 1 s)', ms: LOOKED_FOR_MS },
      lines: [line('Not', 'neither dropped without a word (that takes minutes) nor rejected (that comes at once)')],
      fix: {
        says: `Find out who should have ${list(addresses)}: ip neigh on the node shows FAILED for it; start that machine, or correct the address.`,
        manifest: null,
      },
    };
  },
});

/** Every attempt was told that there is no way to the host, one of them after the whole time that a neighbour is looked for. */
function isLookedFor(path: PathEvidence): boolean {
  const { to } = path.path;
  const isAsked = to.kind === 'backend' || to.kind === 'external';
  if (!isAsked || path.from.kind === 'local' || path.answered.length > 0 || isSoon(path)) return false;
  return (
    path.unanswered.some(isWhole) && path.unanswered.every(({ sample: { outcome } }) => outcome.kind !== 'refused')
  );
}

function isWhole({ sample: { outcome, totalMs } }: Attempt): boolean {
  return outcome.kind === 'unreachable' && outcome.code === 'EHOSTUNREACH' && isWithin(totalMs, LOOKED_FOR_MS);
}

function addressOf({ path: { to } }: PathEvidence): string {
  return 'address' in to ? to.address : '';
}
