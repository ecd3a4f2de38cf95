/** The right fix for this cluster, made from its live objects; each adds one object and changes none. */
import type { Identity } from '../../model/plan.ts';
import { blockOf, familyOf, inIpBlock, isSameAddress } from './address.ts';
import type { Family } from './address.ts';
import { engineOf } from './engines.ts';
import { fixOf, networkPolicy, podsOf, stableLabels, subjects, wordFor } from './manifest.ts';
import type { Fix } from './manifest.ts';
import { nodesByCilium } from './node-fixes.ts';
import type { Party, PodParty } from './party.ts';
import type { Peer } from './select.ts';
import type { FixQuestion } from './fix-question.ts';

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

export interface EgressQuestion extends FixQuestion {
  readonly from: PodParty;
  /** All that the client must reach on this port: endpoints of one Service, or addresses of one host. */
  readonly to: readonly Party[];
  /** The name that the client knows it by, where it is outside the cluster; null: it is asked for by its address. */
  readonly host: string | null;
}

/** A policy that lets the client out to one destination; null where the destination is not known. */
export function allowEgress(question: EgressQuestion): Fix | null {
  const { cluster, policy, from, to, port, protocol } = question;
  if (to.some(({ kind }) => kind === 'host') && engineOf(cluster.networking).hostsAre === 'identity') {
    return nodesByCilium({ ...question, pod: from, direction: 'egress' });
  }
  const destination = destinationOf(question);
  if (destination === null) return null;
  const { peers, word, words, caution } = destination;
  const object = networkPolicy({
    cluster,
    namespace: from.namespace,
    name: `allow-egress-to-${word}`,
    podSelector: subjects(policy, from.labels),
    direction: 'egress',
    rules: [{ peers, ports: [{ protocol, port }] }],
  });
  return fixOf(object, `Let it out to ${words} on ${protocol} ${port}, and to nothing else.${caution}`);
}

interface EgressTo {
  readonly peers: readonly Peer[];
  /** For the object's name. */
  readonly word: string;
  readonly words: string;
  /** A further sentence, or nothing. */
  readonly caution: string;
}

function destinationOf({ to, host }: EgressQuestion): EgressTo | null {
  const [pod] = to.filter((party) => party.kind === 'pod');
  if (pod !== undefined) {
    const labels = stableLabels(pod.labels);
    const words = inWords(pod.namespace, labels);
    return { peers: [podsOf(pod.namespace, labels)], word: wordFor(labels, pod.namespace), words, caution: '' };
  }
  const addresses = [...new Set(to.flatMap(addressesOf))];
  const [node] = to.flatMap((party) => (party.kind === 'host' && party.node !== null ? [party.node] : []));
  if (host !== null && addresses.length > 0 && addresses.every(isPublic)) return outside(host, addresses);
  return toBlocks(addresses, node ?? addresses[0] ?? '');
}

function addressesOf(party: Party): readonly string[] {
  if (party.kind === 'address') return [party.address];
  return party.kind === 'unknown' ? [] : party.addresses;
}

function toBlocks(addresses: readonly string[], name: string): EgressTo | null {
  const blocks = addresses.map(blockOf).filter((block) => block !== null);
  if (blocks.length === 0) return null;
  return {
    peers: blocks.map((cidr) => ({ ipBlock: { cidr } })),
    word: wordFor({}, name),
    words: blocks.join(' and '),
    caution: addresses.some((address) => METADATA.some((each) => isSameAddress(each, address)))
      ? ' This address hands out credentials of the cloud to whoever may ask: let out only those who need them.'
      : '',
  };
}

/** Where clouds answer for metadata and workload credentials: most of them, GKE, EKS Pod Identity (policy reference 3.6), EC2 over IPv6. */
const METADATA = ['169.254.169.254', '169.254.169.252', '169.254.170.23', 'fd00:ec2::254'];

/** What no host of the internet has: RFC 1918, 3927 and 6598; over IPv6 RFC 4193 and 4291. */
const PRIVATE: Readonly<Record<Family, readonly string[]>> = {
  ipv4: ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', '169.254.0.0/16', '100.64.0.0/10'],
  ipv6: ['fc00::/7', 'fe80::/10'],
};
const EVERYWHERE: Readonly<Record<Family, string>> = { ipv4: '0.0.0.0/0', ipv6: '::/0' };

function isPublic(address: string): boolean {
  const family = familyOf(address);
  return family !== null && PRIVATE[family].every((cidr) => inIpBlock(address, { cidr }).is === 'no');
}

/** The addresses of a name change, and rules know no names: everything outside on this port (policy reference 3.7). */
function outside(host: string, addresses: readonly string[]): EgressTo {
  const families = [...new Set(addresses.map(familyOf))].filter((family) => family !== null);
  return {
    peers: families.map((family) => ({ ipBlock: { cidr: EVERYWHERE[family], except: [...PRIVATE[family]] } })),
    word: 'outside',
    words: 'all addresses outside, private ranges excepted,',
    caution: ` A NetworkPolicy cannot name ${host}, and an address that it resolves to today need not be its own tomorrow; rules of the network plugin's own kind can be narrower (Cilium toFQDNs, Antrea fqdn).`,
  };
}

function inWords(namespace: string, labels: Readonly<Record<string, string>>): string {
  const all = Object.entries(labels).map(([key, value]) => `${key}=${value}`);
  if (all.length === 0) return `every pod of namespace ${namespace} (the pod has no lasting label to name it by)`;
  return `the pods of namespace ${namespace} with ${all.join(', ')}`;
}
