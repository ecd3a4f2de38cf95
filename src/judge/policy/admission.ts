/** What one policy says about one flow: whether it isolates the pod, whether it admits the flow, and by which rule. */
import type { NetworkPolicy, ObjectName } from '../../model/cluster.ts';
import { allOf, anyOf, unknown } from './match.ts';
import type { Match } from './match.ts';
import type { Party, PodParty } from './party.ts';
import type { FlowQuestion } from './evaluate.ts';
import { holdsParty, holdsPort, selectsLabels } from './select.ts';
import type { Peer, PolicyPort } from './select.ts';

export type Direction = 'ingress' | 'egress';

export interface PolicyAnswer {
  readonly policy: ObjectName;
  readonly admits: Match;
  /** The index of the first rule that admits the flow; null where none does for sure. */
  readonly rule: number | null;
  /** What the policy lacks where it does not admit: it has no rule, none names the peer, or none that does has the port. */
  readonly lacks: 'rules' | 'peer' | 'port' | null;
  /** Selectors that the rules use; they never match a hostNetwork pod. */
  readonly selectors: readonly ('namespaceSelector' | 'podSelector')[];
}

/** Where policyTypes is missing, Ingress, and Egress only with egress rules (policy reference S3). */
export function typesOf({ spec }: NetworkPolicy): readonly Direction[] {
  const { policyTypes } = spec;
  if (policyTypes === undefined || policyTypes.length === 0) {
    return (spec.egress ?? []).length > 0 ? ['ingress', 'egress'] : ['ingress'];
  }
  return (['ingress', 'egress'] as const).filter((type) => policyTypes.some((each) => each.toLowerCase() === type));
}

/** Whether a policy of the pod's namespace selects it. */
export function isolates(policy: NetworkPolicy, pod: PodParty): Match {
  return selectsLabels(policy.spec.podSelector, pod.labels);
}

interface Rule {
  readonly peers: readonly Peer[] | null | undefined;
  readonly ports: readonly PolicyPort[] | null | undefined;
}

/** Missing rules and an empty list are the same: nothing is allowed (policy reference S4). */
export function rulesOf({ spec }: NetworkPolicy, direction: Direction): readonly Rule[] {
  return direction === 'ingress'
    ? (spec.ingress ?? []).map(({ from, ports }) => ({ peers: from, ports }))
    : (spec.egress ?? []).map(({ to, ports }) => ({ peers: to, ports }));
}

/** null: the policy does not select the pod. */
export function answerOf(
  policy: NetworkPolicy,
  isolating: Match,
  question: FlowQuestion & { readonly direction: Direction },
): PolicyAnswer | null {
  if (isolating.is === 'no') return null;
  const { direction } = question;
  const party: Party = direction === 'ingress' ? question.from : question.to;
  const about = { cluster: question.cluster, namespace: policy.namespace, party };
  const rules = rulesOf(policy, direction).map(({ peers, ports }) => {
    const peer = holdsParty(peers, about);
    return { peer, whole: allOf([peer, holdsPort(ports, question)]) };
  });
  const admits = anyOf(rules.map((rule) => rule.whole));
  const first = rules.findIndex((rule) => rule.whole.is === 'yes');
  return {
    policy: { namespace: policy.namespace, name: policy.name },
    admits: isolating.is === 'unknown' && admits.is !== 'yes' ? unknown(isolating.because) : admits,
    rule: first < 0 ? null : first,
    lacks: admits.is === 'no' ? lackOf(rules.map((rule) => rule.peer)) : null,
    selectors: selectorsIn(rulesOf(policy, direction)),
  };
}

function lackOf(peers: readonly Match[]): 'rules' | 'peer' | 'port' {
  if (peers.length === 0) return 'rules';
  return anyOf(peers).is === 'no' ? 'peer' : 'port';
}

function selectorsIn(rules: readonly Rule[]): readonly ('namespaceSelector' | 'podSelector')[] {
  const peers = rules.flatMap((rule) => rule.peers ?? []);
  return (['namespaceSelector', 'podSelector'] as const).filter((kind) =>
    peers.some((peer) => peer[kind] !== undefined),
  );
}
