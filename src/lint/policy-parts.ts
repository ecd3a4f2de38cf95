/** The rules, peers and ports of a policy, each with the path that leads to it. */
import type { NetworkPolicy } from '../model/cluster.ts';
import type { FieldPath } from '../model/lint.ts';
import type { Direction } from '../judge/policy/policy-answer.ts';
import { rulesOf, typesOf } from '../judge/policy/policy-answer.ts';
import type { Peer, PolicyPort } from '../judge/policy/select.ts';
import type { Material } from './material.ts';
import { policyRef } from './material.ts';

export interface PolicyRule {
  readonly direction: Direction;
  readonly path: FieldPath;
  readonly peers: readonly { readonly peer: Peer; readonly path: FieldPath }[];
  readonly ports: readonly { readonly port: PolicyPort; readonly path: FieldPath }[];
}

/** A peer, and where it stands. */
export interface PlacedPeer {
  readonly policy: NetworkPolicy;
  readonly rule: PolicyRule;
  readonly placed: PolicyRule['peers'][number];
}

/** Rules of the directions that the policy isolates; those of the other are ignored. */
export function rulesIn(policy: NetworkPolicy): readonly PolicyRule[] {
  return typesOf(policy).flatMap((direction) =>
    rulesOf(policy, direction).map(({ peers, ports }, index) => {
      const path = ['spec', direction, index];
      const side = direction === 'ingress' ? 'from' : 'to';
      return {
        direction,
        path,
        peers: (peers ?? []).map((peer, at) => ({ peer, path: [...path, side, at] })),
        ports: (ports ?? []).map((port, at) => ({ port, path: [...path, 'ports', at] })),
      };
    }),
  );
}

export function policiesToJudge({ cluster, isSubject }: Material): readonly NetworkPolicy[] {
  return cluster.networkPolicies.filter((policy) => isSubject(policyRef(policy)));
}

/** Every peer of every rule that is to be judged. */
export function* peersToJudge(material: Material): Iterable<PlacedPeer> {
  for (const policy of policiesToJudge(material)) {
    for (const rule of rulesIn(policy)) {
      for (const placed of rule.peers) yield { policy, rule, placed };
    }
  }
}

/** What a client feels whom a rule means and does not name. */
export function denialOf(direction: Direction): 'policy-denies-ingress' | 'policy-denies-egress' {
  return direction === 'ingress' ? 'policy-denies-ingress' : 'policy-denies-egress';
}

/** `spec.ingress[0].from[1]` */
export function sayPath(path: FieldPath): string {
  return path
    .map((part, index) => (typeof part === 'number' ? `[${part}]` : `${index === 0 ? '' : '.'}${part}`))
    .join('');
}
