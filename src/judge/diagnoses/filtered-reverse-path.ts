import { count, list } from '../../model/format.ts';
import { defineDiagnosis } from '../engine/diagnosis.ts';
import type { Evidence, PathEvidence } from '../evidence/evidence.ts';
import { nodeViews } from '../evidence/node-facts.ts';
import type { NodeView } from '../evidence/node-facts.ts';
import { isBroken } from '../evidence/state.ts';
import { above, accountsFor, elsewhere, leavesNode, lostOn, pathsAt } from '../views/node-trouble.ts';
import { line } from '../words/words.ts';

const COUNTER = 'TcpExt.IPReversePathFilter';
const STRICT = 1;

export default defineDiagnosis({
  id: 'filtered-reverse-path',
  class: 'retransmit-drop',
  layer: 'node',
  title: 'A node drops packets because it would answer them by another interface',
  why: 'With rp_filter 1 (strict, RFC 3704) a node takes a packet only from the interface that its own route to the sender uses. Where packets come by one way and answers leave by another (two network cards, an overlay beside direct routes, a route that changed) they vanish, and connects run through the SYN schedule.',
  test: "The node's own count of such packets (TcpExt.IPReversePathFilter) grows by as much as attempts vanish, its filter is strict on some interface, and paths that the node has no part in work.",
  remedy:
    'Make the routes symmetric, or set net.ipv4.conf.INTERFACE.rp_filter to 2 (loose) there and see who set it to 1: the larger of `all` and the interface is in force, and a distribution may set both at each boot.',
  limits:
    'Read by a pod on the host network; without one it is not seen. IPv6 has no such setting, only firewall rules that do the same.',
  experiments: ['node-pairs', 'node-network', 'endpoints'],
  suspects: (evidence) => [...nodeViews(evidence).values()].filter((view) => droppedBy(view) > 0),
  arm: (view, evidence) => {
    const paths = brokenAt(evidence, view);
    return { paths, fails: paths.length > 0 };
  },
  contrasts: (view, evidence) => {
    const [dropped, lost] = [droppedBy(view), lostOn(brokenAt(evidence, view))];
    const strict = strictOn(view);
    return [
      {
        label: 'Counter',
        holds: accountsFor(dropped, lost),
        says: `${view.node} itself counts ${count(dropped, 'packet')} dropped by its reverse path filter meanwhile (${COUNTER})`,
        attempts: [],
        settles: `See whether ${COUNTER} of ${view.node} grows with each attempt (nstat -az ${COUNTER.replace('.', '')}).`,
      },
      {
        label: 'Setting',
        holds: strict.length > 0,
        says: `rp_filter is strict on ${list([...strict])} of ${view.node}`,
        attempts: [],
        settles: '',
      },
      ...elsewhere(evidence, view.node),
    ];
  },
  suffer: (view, evidence) => above(evidence, brokenAt(evidence, view)),
  blame: (view) => {
    const { node, facts } = view;
    const strict = strictOn(view);
    const routes = facts.routes.filter(({ to }) => to !== '0.0.0.0/0').map(({ to, by }) => `${to} by ${by}`);
    return {
      title: `Node ${node} drops packets that come by another interface than its answers would leave by`,
      object: { kind: 'Node', namespace: null, name: node },
      where: { from: 'all other nodes', to: node },
      timer: { name: 'SYN retransmission', ms: 1000 },
      lines: routes.length === 0 ? [] : [line('Routes', `${node} sends ${list(routes, 6)}`)],
      fix: {
        says: `Compare the routes of ${node} with those of its siblings (ip route). Until they agree: sysctl -w net/ipv4/conf/${strict[0] ?? 'all'}/rp_filter=2 on ${node}.`,
        manifest: null,
      },
    };
  },
});

function droppedBy(view: NodeView): number {
  return view.moved(COUNTER) ?? 0;
}

/** Interfaces on which the filter is strict: the larger of their own setting and that of `all` is in force (ip-sysctl.rst). */
function strictOn({ facts: { reversePathFilter } }: NodeView): readonly string[] {
  const general = reversePathFilter['all'] ?? 0;
  return Object.entries(reversePathFilter)
    .filter(([name, own]) => !['all', 'default', 'lo'].includes(name) && Math.max(own, general) === STRICT)
    .map(([name]) => name);
}

function brokenAt(evidence: Evidence, { node }: NodeView): PathEvidence[] {
  return pathsAt(evidence, node).filter(
    (path) => leavesNode(path) && path.path.to.kind !== 'external' && isBroken(path) && path.state === 'silent',
  );
}
