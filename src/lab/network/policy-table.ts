/**
 * NetworkPolicy as one node enforces it: egress of its own pods where their packets leave, ingress where packets are
 * forwarded to them. A node's own traffic to its own pods passes the output hook alone and is never filtered, as the
 * API demands. Pure: objects in, the body of one nftables table out.
 */
import { allowedMatches, type Direction, type Neighbourhood, type Policy } from './policy-rules.ts';
import type { PolicyPod } from './policy-select.ts';
import type { Topology } from '../model.ts';

export interface PolicyInput extends Neighbourhood {
  readonly policies: readonly Policy[];
  readonly node: string;
  readonly profile: Topology['profile'];
}

/** What a denied packet gets: Calico drops; kube-router rejects with port-unreachable; flannel has no enforcer. */
const REFUSALS: Readonly<Record<Topology['profile'], string | null>> = {
  calico: 'counter drop',
  'kube-router': 'counter reject with icmp type port-unreachable',
  flannel: null,
};

/** The body of table `network-policy` for one node; empty where there is nothing to enforce. */
export function policyTable({ node, profile, ...rest }: PolicyInput): string {
  const refusal = REFUSALS[profile];
  if (refusal === null) return '';
  const isolated = rest.pods
    .filter((pod) => pod.node === node)
    .flatMap((pod) => (['egress', 'ingress'] as const).map((direction) => isolate(pod, direction, rest)))
    .filter((found) => found !== null);
  if (isolated.length === 0) return '';
  const jumps = (direction: Direction) => isolated.filter((one) => one.direction === direction).map(({ jump }) => jump);
  return [
    ...isolated.map(({ chain, matches }) => block(chain, [...matches.map((match) => `${match} return`), refusal])),
    block('egress', jumps('egress')),
    block('ingress', jumps('ingress')),
    block('forward', [...base('forward'), 'jump egress', 'jump ingress']),
    // From a pod to its own node: egress all the same.
    block('input', [...base('input'), 'jump egress']),
  ].join('\n');
}

function isolate(pod: PolicyPod, direction: Direction, input: Neighbourhood & { policies: readonly Policy[] }) {
  const matches = allowedMatches(pod, direction, input);
  if (matches === null) return null;
  const chain = `${direction}/${pod.address}`;
  return {
    direction,
    chain,
    matches,
    jump: `ip ${direction === 'ingress' ? 'daddr' : 'saddr'} ${pod.address} jump ${chain}`,
  };
}

/** Answers belong to a connection that was let through. */
function base(hook: string): string[] {
  return [`type filter hook ${hook} priority filter`, 'ct state established,related accept'];
}

function block(name: string, lines: readonly string[]): string {
  return `  chain ${name} {\n${lines.map((line) => `    ${line};\n`).join('')}  }`;
}
