import { count } from '../../model/format.ts';
import { defineDiagnosis } from '../engine/diagnosis.ts';
import type { Evidence, PathEvidence, Attempt } from '../evidence/evidence.ts';
import { nodeView } from '../evidence/node-facts.ts';
import { isBroken } from '../evidence/state.ts';
import { elsewhereContrast, hasLocalEndpoint, serviceViews, straightContrast } from '../views/service.ts';
import type { ServiceView } from '../views/service.ts';
import { above } from '../views/node-trouble.ts';

const SETTING = 'bridge-nf-call-iptables';
/** Of the unanswered attempts, at least so many were answered by a stranger. */
const MOST = 0.5;
const FEWEST = 2;

export default defineDiagnosis({
  id: 'bypassed-service-nat',
  class: 'service',
  layer: 'service',
  title: 'Answers of a Service come back without being translated',
  why: 'The node translates the Service’s address to an endpoint, and has to translate the answer back. Where client and endpoint hang on the same bridge and bridged packets pass no rules (br_netfilter is not loaded, or bridge-nf-call-iptables is 0), the answer goes straight from pod to pod: the client hears from an address that it never called, resets it, and goes on waiting for the one that it called.',
  test: "From a node with an endpoint of its own the Service's address stays silent in the share of that endpoint, while the client's kernel sends resets to somebody; the endpoints answer by their own addresses, and from nodes without one of their own the Service answers always. The node's own setting says that bridged packets pass no rules.",
  remedy:
    'Load br_netfilter on every node and at each boot (/etc/modules-load.d), and set net.bridge.bridge-nf-call-iptables to 1 (/etc/sysctl.d): kubeadm asks for both.',
  limits:
    'Needs a client on a node with a ready endpoint. A CNI without a bridge, or with its own translation of Services (Cilium), cannot have it that way: then the setting says nothing, and it stays likely.',
  experiments: ['service-address', 'endpoints'],
  suspects: (evidence) => serviceViews(evidence).filter(({ node }) => hasLocalEndpoint(evidence, node)),
  arm: ({ paths }) => {
    const troubled = paths.filter(({ unanswered }) => unanswered.some(neverConnected));
    const strangers = troubled.flatMap(({ unanswered }) => unanswered).filter(hasResetStranger);
    return { paths: troubled, fails: strangers.length >= FEWEST };
  },
  contrasts: (view, evidence) => {
    const unanswered = view.paths.flatMap((path) => path.unanswered).filter(neverConnected);
    const strangers = unanswered.filter(hasResetStranger);
    const { facts } = nodeView(evidence, view.node) ?? { facts: null };
    const isBypassed = facts !== null && (facts.bridge?.[SETTING] ?? 0) === 0;
    return [
      {
        label: 'Stranger',
        holds: strangers.length >= MOST * unanswered.length,
        says: `in ${strangers.length} of ${count(unanswered.length, 'unanswered connect')} the client's kernel reset an answer of somebody whom it had not called`,
        attempts: strangers.slice(0, 10),
        settles: '',
      },
      straightContrast(evidence, view),
      withoutLocalEndpoint(evidence, view),
      {
        label: 'Setting',
        holds: isBypassed ? true : null,
        says:
          facts?.bridge == null
            ? `br_netfilter is not loaded on ${view.node}: bridged packets pass no rules`
            : `${SETTING} is 0 on ${view.node}: bridged packets pass no rules`,
        attempts: [],
        settles: `See whether br_netfilter is loaded on ${view.node} and net.bridge.${SETTING} is 1, or follow an answer through its rules (nft monitor trace).`,
      },
    ];
  },
  suffer: (view, evidence) => (hasDnsPod(evidence, view.node) ? above(evidence, view.paths) : []),
  blame: ({ node }, { target: { service } }) => {
    const name = `${service?.namespace}/${service?.name}`;
    return {
      title: `Node ${node} does not translate answers of its own endpoint of Service ${name} back: its clients there hear from a stranger`,
      object: { kind: 'Node', namespace: null, name: node },
      where: { from: node, to: name },
      timer: { name: 'SYN retransmission', ms: 1000 },
      fix: {
        says: `On ${node}: modprobe br_netfilter && sysctl -w net.bridge.${SETTING}=1, and make both last (/etc/modules-load.d, /etc/sysctl.d).`,
        manifest: null,
      },
    };
  },
});

/** The same address from nodes that have no endpoint of their own; where all have one, from the others at all. */
function withoutLocalEndpoint(evidence: Evidence, view: ServiceView) {
  const contrast = elsewhereContrast(evidence, view);
  const free = serviceViews(evidence).filter(({ node }) => !hasLocalEndpoint(evidence, node));
  const isTroubled = ({ unanswered }: PathEvidence) => unanswered.some(neverConnected);
  if (free.length === 0) return contrast.holds === false ? { ...contrast, holds: null } : contrast;
  return { ...contrast, holds: !free.some(({ paths }) => paths.some((path) => isTroubled(path) || isBroken(path))) };
}

function neverConnected({ sample: { outcome, phases } }: Attempt): boolean {
  const isWaiting = outcome.kind === 'silent' || outcome.kind === 'cut';
  return isWaiting && (outcome.phase === 'connect' || phases.connect === undefined);
}

/** The client's kernel sends a reset to whoever answers without having been called (RFC 9293, 3.5.2). */
function hasResetStranger({ sample: { counters } }: Attempt): boolean {
  return (counters['Tcp.OutRsts'] ?? 0) > 0;
}

/** The cluster's DNS is a Service like any other: with a server of its own on the node, its answers take the same way. */
function hasDnsPod({ paths }: Evidence, node: string): boolean {
  return paths.some(({ path: { to } }) => to.kind === 'dns-server' && to.pod !== null && to.node === node);
}
