/** The right fix for this cluster, made from its live objects; each adds one object and changes none. */
import type { Cluster, NetworkPolicy } from '../../model/cluster.ts';
import type { Identity } from '../../model/plan.ts';
import { blockOf } from './address.ts';
import { engineOf } from './engines.ts';
import { fixOf, networkPolicy, podsOf, stableLabels, subjects, wordFor } from './manifest.ts';
import type { Fix } from './manifest.ts';
import { nodesByCilium } from './node-fixes.ts';
import type { Party, PodParty } from './party.ts';
import type { Peer, Protocol } from './select.ts';

export interface FixQuestion {
  readonly cluster: Cluster;
  /** The policy at fault: it isolates the pod and does not admit the flow. */
  readonly policy: NetworkPolicy;
  /** The container's port, never the Service's. */
  readonly port: number;
  readonly protocol: Protocol;
}

/** A policy that admits exactly the pods of one namespace with the source's lasting labels. */
export function admitPods(question: FixQuestion & { to: PodParty; from: Pick<Identity, 'namespace' | 'labels'> }): Fix {
  const { cluster, policy, to, from, port, protocol } = question;
  const labels = stableLabels(from.labels);
  const object = networkPolicy({
    cluster,
    namespace: to.namespace,
    name: `allow-${wordFor(labels, from.namespace)}-to-${wordFor(to.labels, 'pods')}`,
    podSelector: subjects(policy, to.labels),
    direction: 'ingress',
    rules: [{ peers: [podsOf(from.namespace, labels)], ports: [{ protocol, port }] }],
  });
  return fixOf(object, `Admit ${inWords(from.namespace, labels)} on ${protocol} ${port}, and nothing else.`);
}

/** A policy that lets the client out to one destination; null where the destination is not known. */
export function allowEgress(question: FixQuestion & { from: PodParty; to: Party }): Fix | null {
  const { cluster, policy, from, to, port, protocol } = question;
  if (to.kind === 'host' && engineOf(cluster.networking).hostsAre === 'identity') {
    return nodesByCilium({ ...question, pod: from, direction: 'egress' });
  }
  const destination = destinationOf(to);
  if (destination === null) return null;
  const object = networkPolicy({
    cluster,
    namespace: from.namespace,
    name: `allow-egress-to-${destination.word}`,
    podSelector: subjects(policy, from.labels),
    direction: 'egress',
    rules: [{ peers: destination.peers, ports: [{ protocol, port }] }],
  });
  return fixOf(object, `Let it out to ${destination.words} on ${protocol} ${port}, and to nothing else.`);
}

function destinationOf(to: Party): { peers: readonly Peer[]; word: string; words: string } | null {
  switch (to.kind) {
    case 'pod': {
      const labels = stableLabels(to.labels);
      const words = inWords(to.namespace, labels);
      return { peers: [podsOf(to.namespace, labels)], word: wordFor(labels, to.namespace), words };
    }
    case 'host':
      return addresses(to.addresses, to.node ?? 'node');
    case 'address':
      return addresses([to.address], to.address);
    case 'unknown':
      return null;
    default:
      return to satisfies never;
  }
}

function addresses(list: readonly string[], name: string): ReturnType<typeof destinationOf> {
  const blocks = list.map(blockOf).filter((block) => block !== null);
  if (blocks.length === 0) return null;
  return { peers: blocks.map((cidr) => ({ ipBlock: { cidr } })), word: wordFor({}, name), words: blocks.join(' and ') };
}

function inWords(namespace: string, labels: Readonly<Record<string, string>>): string {
  const all = Object.entries(labels).map(([key, value]) => `${key}=${value}`);
  if (all.length === 0) return `every pod of namespace ${namespace} (the pod has no lasting label to name it by)`;
  return `the pods of namespace ${namespace} with ${all.join(', ')}`;
}
