import { count } from '../../model/format.ts';
import { defineDiagnosis } from '../engine/diagnosis.ts';
import type { Contrast } from '../engine/diagnosis.ts';
import type { Evidence, PathEvidence } from '../evidence/evidence.ts';
import { nodeViews } from '../evidence/node-facts.ts';
import type { NodeView } from '../evidence/node-facts.ts';
import { accountsFor, elsewhere, isConnect, isLosing, leavesNode, lostOn, pathsAt } from '../views/node-trouble.ts';
import { sumLadders } from '../views/ladders.ts';
import { line } from '../words/words.ts';
import { fillOf } from './full-conntrack.ts';

const COUNTER = 'Conntrack.insert_failed';
const FEWEST = 2;

export default defineDiagnosis({
  id: 'racing-nat',
  class: 'retransmit-drop',
  layer: 'node',
  title: 'New connections lose their first packet in the address translation of a node',
  why: 'Two new connections are given the same translated address and port, or no port is left for one: whoever comes second cannot be entered in the connection table, and its packet is dropped without a word. TCP tries again by the SYN schedule (1 s), DNS after the timeout of the resolver (5 s).',
  test: "The node's own count of entries that could not be made (insert_failed of /proc/net/stat/nf_conntrack) grows by as much as SYNs get lost on the paths that it translates; paths that leave other nodes are clean.",
  remedy:
    'Let source ports be chosen at random (iptables MASQUERADE --random-fully, nftables masquerade fully-random: kube-proxy does so since 1.16, older CNIs may not), give the node more addresses or ports to translate to, close fewer connections.',
  limits:
    'Read by a pod on the host network; without one it stays lost-syn. What translates outside the node (a NAT gateway) is not seen. The race of A and AAAA is racing-dns-queries.',
  experiments: ['endpoints', 'service-address', 'node-pairs', 'external-hosts'],
  isShare: true,
  suspects: (evidence) => [...nodeViews(evidence).values()].filter((view) => failedBy(view) > 0),
  arm: (view, evidence) => {
    const paths = losingBy(evidence, view);
    return { paths, fails: lostOn(paths) >= FEWEST };
  },
  contrasts: (view, evidence) => {
    const losing = losingBy(evidence, view);
    const [failed, lost] = [failedBy(view), lostOn(losing)];
    return [
      {
        label: 'Counter',
        holds: accountsFor(failed, lost),
        says: `${view.node} itself counts ${count(failed, 'new connection')} that it could not enter in its table meanwhile (insert_failed), and ${count(lost, 'packet')} of kprobe's got lost`,
        attempts: [],
        settles: `See whether insert_failed of ${view.node} grows with each lost SYN (conntrack -S).`,
      },
      ...elsewhereOf(evidence, view, losing),
    ];
  },
  shows: (view, evidence) => {
    const { isOnSchedule } = sumLadders(evidence, losingBy(evidence, view));
    return ({ kind, attempt }) => kind !== 'slow' || isOnSchedule(attempt.sample.totalMs);
  },
  blame: (view) => {
    const { node } = view;
    const fill = fillOf(view);
    return {
      title: `Node ${node} loses the first packet of new connections: ${failedBy(view)} could not be entered in its connection table`,
      object: { kind: 'Node', namespace: null, name: node },
      where: { from: node, to: 'all nodes' },
      timer: { name: 'SYN retransmission', ms: 1000 },
      lines: fill === null ? [] : [line('Not', `the table is not full: ${fill.says}`)],
      fix: {
        says: `On ${node}: conntrack -S; look for MASQUERADE or SNAT rules without --random-fully (iptables-save -t nat, nft list ruleset), and for ranges of few ports.`,
        manifest: null,
      },
    };
  },
});

function failedBy(view: NodeView): number {
  return view.moved(COUNTER) ?? 0;
}

/** All that gets lost out of this node; or the connects alone, where DNS answers get lost elsewhere as well, or more than the counter accounts for. */
function losingBy(evidence: Evidence, view: NodeView): PathEvidence[] {
  const all = losingFrom(evidence, view);
  const connects = all.filter(isConnect);
  const isOwn = (paths: readonly PathEvidence[]) =>
    accountsFor(failedBy(view), lostOn(paths)) === true &&
    elsewhereOf(evidence, view, paths).every(({ holds }) => holds !== false);
  return !isOwn(all) && lostOn(connects) >= FEWEST && isOwn(connects) ? connects : all;
}

/** What other nodes lose of the same. */
function elsewhereOf(evidence: Evidence, { node }: NodeView, losing: readonly PathEvidence[]): Contrast[] {
  return elsewhere(evidence, node, losing.every(isConnect) ? isConnect : undefined);
}

/** What this node translates: what its own pods and itself ask of others, and what comes in by it. */
function losingFrom(evidence: Evidence, { node }: NodeView): PathEvidence[] {
  return pathsAt(evidence, node).filter(
    (path) => (path.from.node === node || path.path.to.kind === 'entry') && leavesNode(path) && isLosing(path),
  );
}
