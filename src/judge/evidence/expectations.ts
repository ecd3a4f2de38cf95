/** What NetworkPolicy says should happen on each path, for the identity that was probed. */
import type { Cluster } from '../../model/cluster.ts';
import type { Agent, Path } from '../../model/plan.ts';
import type { Recording } from '../../model/recording.ts';
import { isSameAddress } from '../policy/address.ts';
import { agentParty, endsOf, protocolOf } from '../policy/destinations.ts';
import type { End, Surroundings } from '../policy/destinations.ts';
import { evaluateFlow } from '../policy/evaluate.ts';
import type { FlowVerdict } from '../policy/evaluate.ts';
import { judgedAddresses } from '../policy/judged-address.ts';
import type { Party } from '../policy/party.ts';
import type { Expectation, PathEvidence } from './evidence.ts';
import { sourcesSeen } from './sources.ts';
import type { SourceEvidence } from './sources.ts';

export interface ExpectationQuestion extends Surroundings {
  readonly paths: readonly Path[];
  /** The addresses by which pods of a node saw an agent; empty: none did. */
  sourcesSeen(agentId: string, destinationNode: string): readonly string[];
}

export function expectations(recording: Recording, paths: readonly PathEvidence[]): ReadonlyMap<string, Expectation> {
  const { cluster } = recording;
  const agents = new Map(recording.plan.agents.map((agent) => [agent.id, agent]));
  return expectationsUnder({ recording, cluster, paths, otherFamily: [], agents }, cluster, paths);
}

/** What would be expected of some of the paths in a cluster that differs in its policies; sources were seen as the evidence tells. */
export function expectationsUnder(
  evidence: SourceEvidence,
  cluster: Cluster,
  paths: readonly PathEvidence[],
): ReadonlyMap<string, Expectation> {
  const hellos = new Map(evidence.recording.hellos.map((hello) => [hello.agent, hello]));
  const seen = new Map<string, readonly string[]>();
  return expectationsOf({
    cluster,
    agents: evidence.agents,
    paths: paths.map((each) => each.path),
    heard: (agentId) => hellos.get(agentId) ?? null,
    sourcesSeen: (agentId, node) => {
      const key = `${agentId}\n${node}`;
      const known = seen.get(key) ?? sourcesSeen(evidence, agentId, node);
      seen.set(key, known);
      return known;
    },
  });
}

/** The same from its parts: by path id. */
export function expectationsOf(question: ExpectationQuestion): ReadonlyMap<string, Expectation> {
  const known = new Map<string, Expectation>();
  return new Map(question.paths.map((path) => [path.id, shared(known, expectOne(question, path))]));
}

/** Where no policy is named, thousands of paths are told the same. */
function shared(known: Map<string, Expectation>, expectation: Expectation): Expectation {
  if (expectation.policies.length > 0) return expectation;
  const key = `${expectation.verdict} ${expectation.direction} ${expectation.because}`;
  const before = known.get(key);
  if (before !== undefined) return before;
  known.set(key, expectation);
  return expectation;
}

function expectOne(question: ExpectationQuestion, path: Path): Expectation {
  const from = question.agents.get(path.from);
  if (from === undefined) return unknown(`agent ${path.from} is not part of the plan`);
  const ends = endsOf(question, path);
  if (ends.length === 0) return unknown('nothing is known to stand at the far end');
  return combine(ends.map((end) => expectAt(question, { path, from, end })));
}

interface Hop {
  readonly path: Path;
  readonly from: Agent;
  readonly end: End;
}

function expectAt(question: ExpectationQuestion, hop: Hop): Expectation {
  const { cluster } = question;
  const { path, end } = hop;
  const { party: from, hidden } = sourceOf(question, hop.from, end);
  const throughService = end.servicePort !== null;
  const verdict = evaluateFlow({
    cluster,
    from,
    to: end.party,
    port: end.port,
    protocol: protocolOf(path),
    throughService,
  });
  if (verdict.direction === 'egress') return verdictOnly(verdict);
  if (hidden !== null && verdict.ingress.answers.length > 0) return unknown(hidden);
  if (isAmbiguousOnAws(question, verdict, end)) {
    return unknown('the AWS agent enforces egress before the Service’s port is translated, and the two ports differ');
  }
  return verdictOnly(verdict);
}

/** The source as the far end's policy sees it; `hidden` says why that may be another than the sender. */
function sourceOf(question: ExpectationQuestion, agent: Agent, end: End): { party: Party; hidden: string | null } {
  const { cluster } = question;
  const node = end.party.kind === 'pod' || end.party.kind === 'host' ? end.party.node : null;
  // Nobody compares addresses where there is no policy, and a matrix has a hundred thousand paths.
  const isCompared = cluster.networkPolicies.length > 0;
  const seen = isCompared && node !== null ? question.sourcesSeen(agent.id, node) : [];
  if (agent.identity.hostNetwork && agent.kind !== 'local') {
    const throughService = end.servicePort !== null;
    const addresses = isCompared
      ? judgedAddresses({ cluster, fromNode: agent.node, toNode: node, seen, throughService })
      : [];
    return { party: agentParty(question, agent, addresses), hidden: end.rewritten };
  }
  const own = (question.heard(agent.id)?.addresses ?? []).filter((address) => !isLinkLocal(address));
  const party = agentParty(question, agent, own.length > 0 ? own : seen);
  const foreign = own.length === 0 ? [] : seen.filter((address) => !own.some((mine) => isSameAddress(mine, address)));
  return {
    party,
    hidden:
      end.rewritten ??
      (foreign.length > 0 ? `its source address is replaced on the way: seen as ${foreign.join(' or ')}` : null),
  };
}

/** Every IPv6 interface has such an address; no flow between pods carries it. */
function isLinkLocal(address: string): boolean {
  return /^fe[89ab][0-9a-f]:/i.test(address);
}

/** The AWS agent filters egress before the Service is translated (policy reference S14). */
function isAmbiguousOnAws({ cluster }: ExpectationQuestion, verdict: FlowVerdict, end: End): boolean {
  if (cluster.networking.enforcer !== 'aws' || verdict.egress.answers.length === 0) return false;
  return end.servicePort !== null && end.servicePort !== end.port;
}

/** All backends must agree: a Service is as open as the backend that the next connection gets. */
function combine(all: readonly Expectation[]): Expectation {
  const [first] = all;
  if (first === undefined) return unknown('there is no backend');
  if (all.every((each) => each.verdict === first.verdict && each.direction === first.direction)) {
    const policies = new Map(
      all.flatMap((each) => each.policies).map((each) => [`${each.namespace}/${each.name}`, each]),
    );
    return { ...first, policies: [...policies.values()] };
  }
  const count = (verdict: string) => all.filter((each) => each.verdict === verdict).length;
  const counts = (['allow', 'deny', 'unknown'] as const).map((verdict) => `${verdict} for ${count(verdict)}`);
  const differ = unknown(`the ${all.length} backends differ: ${counts.join(', ')}`);
  return count('deny') > 0 ? { ...differ, isPartlyDenied: true } : differ;
}

function verdictOnly({ verdict, direction, policies, because }: FlowVerdict): Expectation {
  return { verdict, direction, policies, because };
}

function unknown(because: string): Expectation {
  return { verdict: 'unknown', direction: null, policies: [], because };
}
