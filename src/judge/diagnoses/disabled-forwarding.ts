import { count, list } from '../../model/format.ts';
import { defineDiagnosis } from '../engine/diagnosis.ts';
import type { Contrast } from '../engine/diagnosis.ts';
import type { Evidence, PathEvidence } from '../evidence/evidence.ts';
import { nodeViews } from '../evidence/node-facts.ts';
import type { NodeView } from '../evidence/node-facts.ts';
import { isBroken, isWorking } from '../evidence/state.ts';
import { above, accountsFor, elsewhere, leavesNode, lostOn, pathsAt } from '../views/node-trouble.ts';
import { proxyTimer, whyThatLong } from '../words/amplifier.ts';
import { ends } from '../words/words.ts';

/** Packets that are neither the node's own nor to be passed on (net/ipv4/route.c, ip_error). */
const COUNTER = 'Ip.InAddrErrors';
/** More interfaces than these are pods' own, and alike. */
const MOST_NAMED = 4;

export default defineDiagnosis({
  id: 'disabled-forwarding',
  class: 'retransmit-drop',
  layer: 'node',
  title: 'A node passes no packets on: IP forwarding is off',
  why: 'A node is the router of its pods. With net.ipv4.ip_forward 0, or the same of one interface, the kernel drops what comes in there for somebody else without a word, so that pods of this node reach nobody on other nodes and are reached by nobody, while the node itself and its kubelet go on working, and pods stay Ready. Hardening scripts, a sysctl file that is read again after the CNI has set the value, and network managers that manage the interface turn it off.',
  test: "The node itself says that its interfaces pass nothing on, what must be passed on by it vanishes, what the node's own network sends and hears works, and paths that the node has no part in work. Its count of packets for nobody (Ip.InAddrErrors) grows by as much as attempts vanish.",
  remedy:
    'Set net.ipv4.ip_forward to 1, in the sysctl file that is read last as well, and see who set it to 0: files in /etc/sysctl.d are read again at boot and by `sysctl --system`, and setting it sets all interfaces.',
  limits:
    'IPv4 only. Read by a pod on the host network; without one it is not seen. A dataplane that takes packets before the kernel routes them (eBPF) passes them on all the same; then nothing fails, and nothing is said.',
  experiments: ['node-pairs', 'node-network', 'endpoints'],
  suspects: (evidence) => [...nodeViews(evidence).values()].filter((view) => offOn(view).length > 0),
  arm: (view, evidence) => {
    const paths = brokenAt(evidence, view);
    return { paths, fails: paths.length > 0 };
  },
  contrasts: (view, evidence) => {
    const off = offOn(view);
    return [
      {
        label: 'Setting',
        holds: true,
        says: `${view.node} says that ${off.includes('all') ? 'net.ipv4.ip_forward is 0' : `net.ipv4.conf.*.forwarding is 0 of ${list(off, 4)}`}`,
        attempts: [],
        settles: '',
      },
      ...counterContrast(evidence, view),
      ...ownNetworkContrast(evidence, view),
      ...elsewhere(evidence, view.node),
    ];
  },
  suffer: (view, evidence) => above(evidence, brokenAt(evidence, view)),
  blame: (view, evidence) => {
    const { node } = view;
    const off = offOn(view);
    const settings = off.includes('all')
      ? ['net.ipv4.ip_forward=1']
      : off.slice(0, MOST_NAMED).map((name) => `net/ipv4/conf/${name}/forwarding=1`);
    return {
      title: `Node ${node} passes no packets on: ${off.includes('all') ? 'net.ipv4.ip_forward is 0' : `forwarding is off on ${list(off, 4)}`}`,
      object: { kind: 'Node', namespace: null, name: node },
      where: { from: 'all other nodes', to: node },
      timer: proxyTimer(evidence) ?? { name: 'SYN retransmission', ms: 1000 },
      why: whyThatLong(evidence),
      lines: [],
      fix: {
        says: `sysctl -w ${settings.join(' ')} on ${node}. Then find who turned it off (grep -r forward /etc/sysctl.conf /etc/sysctl.d /usr/lib/sysctl.d), or it is off again after the next boot.`,
        manifest: null,
      },
    };
  },
});

function offOn({ facts: { notForwarding = [] } }: NodeView): readonly string[] {
  return notForwarding;
}

/** What the node has to pass on between a pod of its own and another node. */
function brokenAt(evidence: Evidence, { node }: NodeView): PathEvidence[] {
  return pathsAt(evidence, node).filter(
    (path) => isPassedOn(path, node) && path.path.to.kind !== 'external' && isBroken(path) && path.state === 'silent',
  );
}

function isPassedOn(path: PathEvidence, node: string): boolean {
  const isOwnPod = path.from.node === node ? !path.from.identity.hostNetwork : path.to?.identity.hostNetwork !== true;
  return leavesNode(path) && isOwnPod;
}

function counterContrast(evidence: Evidence, view: NodeView): Contrast[] {
  const moved = view.moved(COUNTER);
  if (moved === null) return [];
  const lost = lostOn(brokenAt(evidence, view));
  return [
    {
      label: 'Counter',
      holds: accountsFor(moved, lost),
      says: `${view.node} itself counts ${count(moved, 'packet')} meanwhile that were neither for it nor to be passed on (${COUNTER})`,
      attempts: [],
      settles: `See whether ${COUNTER} of ${view.node} grows with each attempt (nstat -az IpInAddrErrors).`,
    },
  ];
}

/** Between this node and others, from the node's own network to theirs: nobody has to pass that on. */
function ownNetworkContrast(evidence: Evidence, { node }: NodeView): Contrast[] {
  const own = pathsAt(evidence, node).filter(
    (path) => leavesNode(path) && path.from.identity.hostNetwork && path.to?.identity.hostNetwork === true,
  );
  const working = own.filter(isWorking);
  return [
    {
      label: 'Node itself',
      holds: own.length === 0 ? null : working.length === own.length,
      says: `what the node's own network sends and hears works: ${list(working.slice(0, 3).map(ends), 3)}`,
      attempts: working.flatMap(({ answered }) => answered).slice(0, 10),
      settles: `Connect from the host network of ${node} to that of another node.`,
    },
  ];
}
