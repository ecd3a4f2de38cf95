/**
 * What NetworkPolicy allows one pod in one direction, as nftables matches. Semantics: Kubernetes documentation,
 * "Network Policies", and the comments of networking/v1. Written apart from the evaluator in src/judge on purpose.
 */
import ipaddr from 'ipaddr.js';
import type { Family } from '../model.ts';
import { selects, type LabelSelector, type PolicyPod } from './policy-select.ts';

export type Direction = 'ingress' | 'egress';

export interface PolicySpec {
  readonly podSelector?: LabelSelector;
  readonly policyTypes?: readonly string[] | null;
  readonly ingress?: readonly { from?: readonly Peer[] | null; ports?: readonly Port[] | null }[] | null;
  readonly egress?: readonly { to?: readonly Peer[] | null; ports?: readonly Port[] | null }[] | null;
}
export interface Policy {
  readonly namespace: string;
  readonly spec: PolicySpec;
}
interface Peer {
  readonly podSelector?: LabelSelector;
  readonly namespaceSelector?: LabelSelector;
  readonly ipBlock?: { readonly cidr: string; readonly except?: readonly string[] | null };
}
interface Port {
  readonly protocol?: string;
  readonly port?: number | string;
  readonly endPort?: number;
}

/** Everyone a policy can speak of, with their addresses of one family. */
export interface Neighbourhood {
  readonly family: Family;
  readonly pods: readonly PolicyPod[];
  readonly namespaces: ReadonlyMap<string, Readonly<Record<string, string>>>;
}

/** The far ends that one peer item means: everybody, addresses from a block, or pods. */
type FarEnd = 'anybody' | { readonly block: string } | { readonly pods: readonly PolicyPod[] };

export interface RuleQuestion extends Neighbourhood {
  readonly policies: readonly Policy[];
  /** Whether a port by name beside an ipBlock means the pods of that block that have such a port. */
  readonly namesPortsInBlocks: boolean;
}

/** Matches that are allowed, any one of them suffices; null where no policy isolates the pod in this direction. */
export function allowedMatches(
  pod: PolicyPod,
  direction: Direction,
  { policies, ...all }: RuleQuestion,
): string[] | null {
  const isolating = policies.filter(
    ({ namespace, spec }) =>
      namespace === pod.namespace && speaksOf(spec, direction) && selects(spec.podSelector ?? {}, pod.labels),
  );
  if (isolating.length === 0) return null;
  return isolating.flatMap(({ namespace, spec }) =>
    rulesOf(spec, direction).flatMap(({ peers, ports }) =>
      farEnds(peers, namespace, all).flatMap((farEnd) =>
        direction === 'ingress' ? ingressMatches(pod, farEnd, ports) : egressMatches(farEnd, ports, all),
      ),
    ),
  );
}

/** Without policyTypes a policy is about ingress, and about egress only where it has an egress rule. */
function speaksOf({ policyTypes, egress }: PolicySpec, direction: Direction): boolean {
  if (policyTypes && policyTypes.length > 0) return policyTypes.some((type) => type.toLowerCase() === direction);
  return direction === 'ingress' || (egress ?? []).length > 0;
}

function rulesOf(spec: PolicySpec, direction: Direction): { peers: readonly Peer[]; ports: readonly Port[] }[] {
  const rules =
    direction === 'ingress'
      ? (spec.ingress ?? []).map(({ from, ports }) => ({ peers: from, ports }))
      : (spec.egress ?? []).map(({ to, ports }) => ({ peers: to, ports }));
  return rules.map(({ peers, ports }) => ({ peers: peers ?? [], ports: ports ?? [] }));
}

/** No peer named means anybody, also outside the cluster; an item that says nothing known means nobody. */
function farEnds(peers: readonly Peer[], namespace: string, all: Neighbourhood): FarEnd[] {
  if (peers.length === 0) return ['anybody'];
  return peers.flatMap((peer): FarEnd[] => {
    if (peer.ipBlock) return peer.podSelector || peer.namespaceSelector ? [] : blockMatch(peer.ipBlock, all.family);
    const { podSelector, namespaceSelector } = peer;
    if (!podSelector && !namespaceSelector) return [];
    const isInside = (pod: PolicyPod) =>
      namespaceSelector
        ? selects(namespaceSelector, all.namespaces.get(pod.namespace) ?? {})
        : pod.namespace === namespace;
    return [{ pods: all.pods.filter((pod) => isInside(pod) && selects(podSelector ?? {}, pod.labels)) }];
  });
}

/** `%` stands for the direction's address field. A block that cannot be read, or is of another family, matches nobody here. */
function blockMatch({ cidr, except }: { cidr: string; except?: readonly string[] | null }, family: Family): FarEnd[] {
  const left = (except ?? []).map((part) => readCidr(part, family));
  const whole = readCidr(cidr, family);
  if (whole === null || left.includes(null)) return [];
  return [{ block: [`ip % ${whole}`, ...left.map((part) => `ip % != ${part}`)].join(' ') }];
}

function readCidr(text: string, family: Family): string | null {
  const kind = ipaddr[family];
  if (!kind.isValidCIDR(text)) return null;
  const [, bits] = kind.parseCIDR(text);
  return `${kind.networkAddressFromCIDR(text).toString()}/${bits}`;
}

/** A named port is one of the destination: here the pod itself. */
function ingressMatches(pod: PolicyPod, farEnd: FarEnd, ports: readonly Port[]): string[] {
  const source = addressMatch(farEnd, 'saddr');
  if (source === null) return [];
  if (ports.length === 0) return [source];
  return ports.flatMap((port) => {
    const destination = typeof port.port === 'string' ? namedPort(pod, port) : numberedPort(port);
    return destination === null ? [] : [`${source} ${destination}`.trim()];
  });
}

/** A named port may be another number at each peer; beside a block engines differ in whether it has a meaning. */
function egressMatches(
  farEnd: FarEnd,
  ports: readonly Port[],
  { pods, namesPortsInBlocks }: Pick<RuleQuestion, 'pods' | 'namesPortsInBlocks'>,
): string[] {
  const destination = addressMatch(farEnd, 'daddr');
  if (destination === null) return [];
  if (ports.length === 0) return [destination];
  return ports.flatMap((port) => {
    if (typeof port.port !== 'string') return [`${destination} ${numberedPort(port)}`.trim()];
    const isBlock = farEnd !== 'anybody' && 'block' in farEnd;
    if (isBlock && !namesPortsInBlocks) return [];
    const candidates = farEnd !== 'anybody' && 'pods' in farEnd ? farEnd.pods : pods;
    return candidates.flatMap((pod) => {
      const match = namedPort(pod, port);
      return match === null ? [] : [`${isBlock ? `${destination} ` : ''}ip daddr ${pod.address} ${match}`];
    });
  });
}

/** The empty match for anybody; null for nobody. */
function addressMatch(farEnd: FarEnd, field: 'saddr' | 'daddr'): string | null {
  if (farEnd === 'anybody') return '';
  if ('block' in farEnd) return farEnd.block.replaceAll('%', field);
  if (farEnd.pods.length === 0) return null;
  return `ip ${field} { ${farEnd.pods.map(({ address }) => address).join(', ')} }`;
}

function numberedPort({ protocol = 'TCP', port, endPort }: Port): string {
  const name = transport(protocol);
  if (port === undefined) return `meta l4proto ${name}`;
  return `${name} dport ${port}${endPort === undefined || endPort === port ? '' : `-${endPort}`}`;
}

function namedPort(pod: PolicyPod, { protocol = 'TCP', port }: Port): string | null {
  const found = pod.ports.find((own) => own.name === port && own.protocol === transport(protocol));
  return found === undefined ? null : `${found.protocol} dport ${found.port}`;
}

function transport(protocol: string): 'tcp' | 'udp' | 'sctp' {
  const name = protocol.toLowerCase();
  return name === 'udp' || name === 'sctp' ? name : 'tcp';
}
