/** What one policy says about one flow: whether it isolates the pod, whether it admits the flow, and by which rule. */
import type { NetworkPolicy, ObjectName } from '../../model/cluster.ts';
import { YES, allOf, anyOf, unknown } from './match.ts';
import type { Match } from './match.ts';
import type { PodParty } from './party.ts';
import { holdsPort, peerHolds, selectsLabels } from './select.ts';
import type { Peer, PolicyPort } from './select.ts';
import type { FlowQuestion } from './flow-question.ts';

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

type DirectedQuestion = FlowQuestion & { readonly direction: Direction };

/** null: the policy does not select the pod. */
export function answerOf(policy: NetworkPolicy, isolating: Match, question: DirectedQuestion): PolicyAnswer | null {
  if (isolating.is === 'no') return null;
  const rules = rulesOf(policy, question.direction);
  const answers = rules.map((rule) => answerOfRule(rule, policy.namespace, question));
  const admits = anyOf(answers.map((answer) => answer.admits));
  const first = answers.findIndex((answer) => answer.admits.is === 'yes');
  return {
    policy: { namespace: policy.namespace, name: policy.name },
    admits: isolating.is === 'unknown' && admits.is !== 'yes' ? unknown(isolating.because) : admits,
    rule: first < 0 ? null : first,
    lacks: admits.is === 'no' ? lackOf(answers.map((answer) => answer.holdsPeer)) : null,
    selectors: selectorsIn(rules),
  };
}

/** A rule needs one of its peers and one of its ports; without peers it means anybody, nodes and the world included. */
function answerOfRule({ peers, ports }: Rule, namespace: string, question: DirectedQuestion): RuleAnswer {
  const { cluster, direction } = question;
  if (peers === null || peers === undefined || peers.length === 0) {
    return { holdsPeer: YES, admits: holdsPort(ports, { ...question, foundByBlock: false }) };
  }
  const party = direction === 'ingress' ? question.from : question.to;
  const answers = peers.map((peer) => {
    const holdsPeer = peerHolds(peer, { cluster, namespace, party });
    const foundByBlock = direction === 'egress' && peer.ipBlock !== undefined;
    return { holdsPeer, admits: allOf([holdsPeer, holdsPort(ports, { ...question, foundByBlock })]) };
  });
  return {
    holdsPeer: anyOf(answers.map((answer) => answer.holdsPeer)),
    admits: anyOf(answers.map((answer) => answer.admits)),
  };
}

interface RuleAnswer {
  readonly holdsPeer: Match;
  readonly admits: Match;
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
