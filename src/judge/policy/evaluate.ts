/** What NetworkPolicy says about one flow: allow, deny, or unknown where the API alone cannot tell. Pure. */
import type { ObjectName } from '../../model/cluster.ts';
import { unreadOf } from '../../model/unread.ts';
import { familyOf, isSameAddress } from './address.ts';
import { answerOf, isolates, typesOf } from './policy-answer.ts';
import type { Direction, PolicyAnswer } from './policy-answer.ts';
import { enforcersOf, engineOf, isEnforced } from './engines.ts';
import { reasonOf } from './reason.ts';
import type { Party } from './party.ts';
import type { FlowQuestion } from './flow-question.ts';

export interface DirectionVerdict {
  readonly verdict: 'allow' | 'deny' | 'unknown';
  /** allow: the policies that admit the flow. deny, unknown: those that isolate the pod. Empty where none selects it. */
  readonly policies: readonly ObjectName[];
  readonly because: string;
  /** What each policy that isolates the pod says, and with which of its rules. */
  readonly answers: readonly PolicyAnswer[];
}

export interface FlowVerdict {
  /** What the policies say, whether anybody enforces them or not. */
  readonly verdict: 'allow' | 'deny' | 'unknown';
  /** Which side denies; null for allow and unknown. */
  readonly direction: Direction | null;
  readonly policies: readonly ObjectName[];
  readonly because: string;
  readonly enforced: 'yes' | 'no' | 'unknown';
  readonly egress: DirectionVerdict;
  readonly ingress: DirectionVerdict;
}

/** Where several engines enforce, a flow must pass each. */
export function evaluateFlow(question: FlowQuestion): FlowVerdict {
  const { networking } = question.cluster;
  const [enforcer = networking.enforcer, ...others] = enforcersOf(networking);
  const first = evaluateBy(question, enforcer);
  if (others.length === 0) return first;
  const all = [first, ...others.map((each) => evaluateBy(question, each))];
  return all.find(({ verdict }) => verdict === 'deny') ?? all.find(({ verdict }) => verdict === 'unknown') ?? first;
}

/** A flow needs egress at its source and ingress at its destination (policy reference S2). */
function evaluateBy(question: FlowQuestion, enforcer: string): FlowVerdict {
  const asked = inOneFamily(underEngine(question, enforcer));
  const isOwnTraffic = isSamePod(asked.from, asked.to) && !isJudgedHairpin(asked);
  const own = open('a pod always reaches itself');
  const egress = isOwnTraffic ? own : evaluateDirection(asked, 'egress');
  const ingress = isOwnTraffic ? own : evaluateDirection(asked, 'ingress');
  const sides = { egress, ingress, enforced: isEnforced(question.cluster.networking) };
  const { unevaluated } = question.cluster.networking;
  if (unevaluated.length > 0 && !isOwnTraffic) {
    const because = `${unevaluated.join(', ')} exist here and are not evaluated`;
    return { verdict: 'unknown', direction: null, policies: [], because, ...sides };
  }
  for (const [direction, side] of [
    ['egress', egress],
    ['ingress', ingress],
  ] as const) {
    if (side.verdict === 'deny') {
      return { verdict: 'deny', direction, policies: side.policies, because: side.because, ...sides };
    }
  }
  const doubtful = [egress, ingress].find((side) => side.verdict === 'unknown');
  if (doubtful !== undefined) {
    return { verdict: 'unknown', direction: null, policies: doubtful.policies, because: doubtful.because, ...sides };
  }
  const policies = [...egress.policies, ...ingress.policies];
  const because = [egress, ingress].map((side) => side.because).join('; ');
  return { verdict: 'allow', direction: null, policies, because, ...sides };
}

function underEngine(question: FlowQuestion, enforcer: string): FlowQuestion {
  const { cluster } = question;
  if (cluster.networking.enforcer === enforcer) return question;
  return { ...question, cluster: { ...cluster, networking: { ...cluster.networking, enforcer } } };
}

/** A pod's way to itself through its Service leaves the pod and comes back: some engines judge it, by the pod's own address. */
function isJudgedHairpin({ cluster, throughService = false }: FlowQuestion): boolean {
  return throughService && engineOf(cluster.networking).hairpin !== 'exempt';
}

function evaluateDirection(question: FlowQuestion, direction: Direction): DirectionVerdict {
  const { cluster } = question;
  const subject = direction === 'ingress' ? question.to : question.from;
  if (subject.kind === 'host') return open('no NetworkPolicy applies to a node');
  if (subject.kind === 'address') return open('no NetworkPolicy applies to an external address');
  if (subject.kind === 'unknown' && direction === 'egress')
    return open('no NetworkPolicy is known to apply to the source');
  if (isFromOwnNode(question, direction) && passesOnOwnNode(question)) {
    return open('a node always reaches its own pods');
  }
  const unread = unreadOf(cluster, 'networkpolicies');
  if (unread !== null) return doubt(`${unread.what} could not be listed: ${unread.because}`, []);
  if (cluster.networkPolicies.length === 0) return open('there is no NetworkPolicy in the cluster');
  if (subject.kind === 'unknown') return doubt(subject.because, []);

  const answers = cluster.networkPolicies
    .filter((policy) => policy.namespace === subject.namespace && typesOf(policy).includes(direction))
    // The order of the list says nothing, and the first that denies is the one that is blamed.
    .toSorted((a, b) => a.name.localeCompare(b.name))
    .flatMap((policy) => answerOf(policy, isolates(policy, subject), { ...question, direction }) ?? []);
  return conclude(question, direction, answers);
}

/** The union of what the isolating policies allow; without any of them, everything (policy reference S1, S2). */
function conclude(question: FlowQuestion, direction: Direction, answers: readonly PolicyAnswer[]): DirectionVerdict {
  const because = reasonOf(question, direction, answers);
  const named = (which: readonly PolicyAnswer[]) => which.map((answer) => answer.policy);
  if (answers.length === 0) return { verdict: 'allow', policies: [], because, answers };
  const admitting = answers.filter((answer) => answer.admits.is === 'yes');
  if (admitting.length > 0) return { verdict: 'allow', policies: named(admitting), because, answers };
  const isOpen = answers.find((answer) => answer.admits.is === 'unknown');
  if (isOpen?.admits.is === 'unknown') return { ...doubt(isOpen.admits.because, answers), policies: named(answers) };
  const exemption = possibleExemption(question, direction);
  if (exemption !== null) return { ...doubt(exemption, answers), policies: named(answers) };
  return { verdict: 'deny', policies: named(answers), because, answers };
}

/** Why a flow that no rule admits may pass all the same; null: it may not. */
function possibleExemption(question: FlowQuestion, direction: Direction): string | null {
  const { cluster, from, to } = question;
  const { enforcer } = cluster.networking;
  const engine = engineOf(cluster.networking);
  if (isSamePod(from, to) && engine.hairpin === 'unsure') {
    return `whether ${enforcer} judges what a pod sends to itself through its Service is not certain`;
  }
  if (direction === 'egress') {
    const isToOwnNode = from.kind === 'pod' && to.kind === 'host' && mayShareNode(from.node, to.node);
    if (!isToOwnNode || engine.towardsOwnNode === 'judged') return null;
    return 'whether egress policies filter what a pod sends to its own node depends on the enforcer';
  }
  if (from.kind === 'unknown') return 'the source may be the node of the pod, which always reaches it';
  if (from.kind !== 'host' || to.kind !== 'pod' || !mayShareNode(from.node, to.node)) return null;
  if (from.node === null || to.node === null) return 'the source may be the node of the pod, which always reaches it';
  if (engine.ownNode === 'root-exempt') {
    return from.runsAs === 'other' ? null : `${enforcer} lets only root processes of a node always reach its pods`;
  }
  return `whether ${enforcer} lets every process of a node reach the node’s own pods is not certain`;
}

function mayShareNode(a: string | null, b: string | null): boolean {
  return a === null || b === null || a === b;
}

function isFromOwnNode({ from, to }: FlowQuestion, direction: Direction): boolean {
  return (
    direction === 'ingress' && from.kind === 'host' && to.kind === 'pod' && from.node !== null && from.node === to.node
  );
}

function passesOnOwnNode({ cluster, from }: FlowQuestion): boolean {
  const { ownNode } = engineOf(cluster.networking);
  return ownNode === 'exempt' || (ownNode === 'root-exempt' && from.kind === 'host' && from.runsAs === 'root');
}

function isSamePod(from: Party, to: Party): boolean {
  if (from.kind !== 'pod' || to.kind !== 'pod' || from.namespace !== to.namespace) return false;
  return from.addresses.some((mine) => to.addresses.some((its) => isSameAddress(mine, its)));
}

/** A flow has one address family: of a dual-stack party only the addresses of the other side's family count. */
function inOneFamily(question: FlowQuestion): FlowQuestion {
  const narrowed = (party: Party, other: Party): Party => {
    if (party.kind !== 'pod' && party.kind !== 'host') return party;
    const families = new Set(addressesOf(other).map(familyOf));
    if (families.size !== 1) return party;
    return { ...party, addresses: party.addresses.filter((address) => families.has(familyOf(address))) };
  };
  return { ...question, from: narrowed(question.from, question.to), to: narrowed(question.to, question.from) };
}

function addressesOf(party: Party): readonly string[] {
  if (party.kind === 'address') return [party.address];
  return party.kind === 'unknown' ? [] : party.addresses;
}

function open(because: string): DirectionVerdict {
  return { verdict: 'allow', policies: [], because, answers: [] };
}

function doubt(because: string, answers: readonly PolicyAnswer[]): DirectionVerdict {
  return { verdict: 'unknown', policies: [], because, answers };
}
