/**
 * NetworkPolicy as one node enforces it: egress of its own pods where their packets leave, ingress where packets go to
 * them, in the hooks and with the refusal of its engine. Pure: objects in, the body of one nftables table of one family out,
 * in the words for IPv4 (nft-words.ts).
 */
import { inName } from './nft-words.ts';
import { allowedMatches, type Direction, type Neighbourhood, type Policy } from './policy-rules.ts';
import type { KnownPods, Treatment } from './newborns.ts';
import type { PolicyEngine } from './policy-engines.ts';
import type { PolicyPod } from './policy-select.ts';

export interface PolicyInput extends Pick<KnownPods, 'subjects' | 'peers'> {
  readonly policies: readonly Policy[];
  readonly namespaces: Neighbourhood['namespaces'];
  readonly family: Neighbourhood['family'];
  readonly node: string;
  /** null: nobody enforces. */
  readonly engine: PolicyEngine | null;
}

/** A chain and the packets that are sent to it. */
interface Guard {
  readonly direction: Direction;
  readonly match: string;
  readonly chain: string;
  /** Any one of them lets a packet pass. */
  readonly matches: readonly string[];
}

/** The body of table `network-policy` for one node; empty where there is nothing to enforce. */
export function policyTable({ node, engine, subjects, ...rest }: PolicyInput): string {
  if (engine === null) return '';
  const guards = subjects
    .filter(({ pod }) => pod.node === node)
    .flatMap(({ pod, treatment }) => guardsOf(pod, engine, allowed({ ...rest, pod, treatment, engine })));
  if (guards.length === 0) return '';
  const jumps = (direction: Direction) =>
    guards.filter((guard) => guard.direction === direction).map(({ match, chain }) => `${match} jump ${chain}`);
  return [
    ...guards.map(({ chain, matches }) => block(chain, [...matches.map((match) => `${match} return`), engine.refusal])),
    block('egress', jumps('egress')),
    block('ingress', jumps('ingress')),
    ...Object.entries(engine.hooks).map(([name, lines]) => block(name, lines)),
  ].join('\n');
}

type Allowed = Readonly<Record<Direction, readonly string[] | null>>;

interface Question extends Pick<PolicyInput, 'policies' | 'namespaces' | 'family' | 'peers'> {
  readonly pod: PolicyPod;
  readonly treatment: Treatment;
  readonly engine: PolicyEngine;
}

/** The matches that are let through, null where everything is. */
function allowed({ pod, treatment, engine, peers, namespaces, family, policies }: Question): Allowed {
  switch (treatment) {
    case 'open':
      return { egress: null, ingress: null };
    case 'denied':
      return { egress: [], ingress: [] };
    case 'by-policy': {
      const all = { policies, namespaces, family, pods: peers, namesPortsInBlocks: engine.namesPortsInBlocks };
      return { egress: allowedMatches(pod, 'egress', all), ingress: allowedMatches(pod, 'ingress', all) };
    }
    default:
      return treatment satisfies never;
  }
}

function guardsOf({ address }: PolicyPod, { hairpinsByEither }: PolicyEngine, { egress, ingress }: Allowed): Guard[] {
  const others = (field: 'saddr' | 'daddr') => (hairpinsByEither ? ` ip ${field} != ${address}` : '');
  const guard = (direction: Direction, match: string, matches: readonly string[] | null, name: string = direction) =>
    matches === null ? [] : [{ direction, match, matches, chain: `${name}/${inName(address)}` }];
  const either = hairpinsByEither && egress !== null && ingress !== null ? [...egress, ...ingress] : null;
  return [
    ...guard('egress', `ip saddr ${address}${others('daddr')}`, egress),
    ...guard('ingress', `ip daddr ${address}${others('saddr')}`, ingress),
    ...guard('ingress', `ip saddr ${address} ip daddr ${address}`, either, 'hairpin'),
  ];
}

function block(name: string, lines: readonly string[]): string {
  return `  chain ${name} {\n${lines.map((line) => `    ${line};\n`).join('')}  }`;
}
