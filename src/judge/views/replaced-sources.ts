/** Clients outside, and the policies that deny them by the address of the node that they came through. */
import type { NetworkPolicy, ObjectName, Service } from '../../model/cluster.ts';
import { sharedServiceAt } from '../../model/local-entry.ts';
import type { Agent } from '../../model/plan.ts';
import type { Contrast } from '../engine/diagnosis.ts';
import type { Evidence, PathEvidence } from '../evidence/evidence.ts';
import { withoutPort } from '../evidence/path-evidence.ts';
import { sourcesSeen } from '../evidence/sources.ts';
import { isBroken, isWorking } from '../evidence/state.ts';
import { evaluateFlow } from '../policy/evaluate.ts';
import { hostAddresses } from '../policy/host-addresses.ts';
import { partyAt } from '../policy/party.ts';
import type { PodParty } from '../policy/party.ts';
import { behaviour } from '../words/words.ts';

export interface ReplacedSource {
  readonly service: Service;
  /** Whose port was asked. */
  readonly node: string;
  /** What the client has, and what pods of other nodes see in its place. */
  readonly own: string;
  readonly seen: readonly string[];
  /** Pods saw it; else it is what the network plugin lets expect. */
  readonly isMeasured: boolean;
  readonly policy: ObjectName;
  /** The nodes of the endpoints that do not admit it. */
  readonly closed: readonly string[];
  /** From this client to that port. */
  readonly paths: readonly PathEvidence[];
}

/** Lost connects again and again: one may be chance. */
const OFTEN = 2;

/** Clients whom a policy would admit by their own address: one a policy. */
export function replacedSources(evidence: Evidence): ReplacedSource[] {
  return onePerPolicy(sourcesBy(evidence, hiddenFrom));
}

/** Clients whom no policy admits, by whatever address they come: one a policy. */
export function deniedSources(evidence: Evidence): ReplacedSource[] {
  return onePerPolicy(sourcesBy(evidence, deniedTo));
}

/** Ports of several nodes are one policy's: the one that was asked for tells it. */
function onePerPolicy(sources: readonly ReplacedSource[]): ReplacedSource[] {
  const byPolicy = Map.groupBy(sources, ({ policy }) => `${policy.namespace}/${policy.name}`);
  return [...byPolicy.values()].flatMap((all) => all.find(isAsked) ?? all.slice(0, 1));
}

function isAsked({ paths }: ReplacedSource): boolean {
  return paths.some(({ path }) => path.userFacing);
}

function sourcesBy(evidence: Evidence, judgedBy: PolicyAtFault): ReplacedSource[] {
  const entries = evidence.paths.filter(
    ({ path, from, unanswered }) => path.to.kind === 'entry' && from.kind === 'local' && unanswered.length >= OFTEN,
  );
  return entries.flatMap((path): ReplacedSource[] => {
    const { to } = path.path;
    const service = to.kind === 'entry' ? sharedServiceAt(evidence.cluster, to) : null;
    const own = ownAddress(path);
    if (to.kind !== 'entry' || to.node === null || service === null || own === null) return [];
    // Behind the port of an ingress stand its own pods: what the asked Service's policies say is not about this client.
    if (!isTheAsked(evidence, service)) return [];
    return denialOf(evidence, { service, node: to.node, own, paths: [path] }, judgedBy);
  });
}

function isTheAsked({ target }: Evidence, { namespace, name }: Service): boolean {
  return target.service?.namespace === namespace && target.service.name === name;
}

type Client = Pick<ReplacedSource, 'service' | 'node' | 'own' | 'paths'>;

/** All endpoints elsewhere must agree. */
function denialOf(evidence: Evidence, client: Client, judgedBy: PolicyAtFault): ReplacedSource[] {
  const { cluster, agents } = evidence;
  const host = [...agents.values()].find(({ kind, node }) => kind === 'host' && node === client.node);
  const facts = cluster.nodes.find(({ name }) => name === client.node);
  const far = (evidence.target.service?.backends ?? []).filter(({ ready, node }) => ready && node !== client.node);
  const denials = far.flatMap(({ address, port, node }) => {
    const pod = partyAt(cluster, address);
    const measured = host === undefined || node === null ? [] : sourcesSeen(evidence, host.id, node);
    const seen = measured.length > 0 ? measured : facts === undefined ? [] : hostAddresses(cluster, facts);
    if (pod.kind !== 'pod' || node === null || seen.length === 0) return [];
    const policy = judgedBy(evidence, { pod, port, client, seen });
    return policy === null ? [] : [{ node, seen, isMeasured: measured.length > 0, policy }];
  });
  const [first] = denials;
  if (first === undefined || denials.length < far.length) return [];
  return [
    {
      ...client,
      seen: first.seen,
      isMeasured: denials.every(({ isMeasured }) => isMeasured),
      policy: first.policy,
      closed: [...new Set(denials.map(({ node }) => node))],
    },
  ];
}

interface Question {
  readonly pod: PodParty;
  readonly port: number;
  readonly client: Client;
  readonly seen: readonly string[];
}

/** null: another verdict. */
type PolicyAtFault = (evidence: Evidence, question: Question) => ObjectName | null;

/** The policy that admits the client's address by an ipBlock, where no policy admits the node's. */
function hiddenFrom({ cluster }: Evidence, question: Question): ObjectName | null {
  const { meant, met } = verdictsOf(cluster, question);
  if (meant.verdict !== 'allow' || met.verdict !== 'deny') return null;
  return meant.policies.find((name) => namesAddresses(cluster.networkPolicies, name)) ?? null;
}

/** A policy that isolates the pod, where none admits either address. */
function deniedTo({ cluster }: Evidence, question: Question): ObjectName | null {
  const { meant, met } = verdictsOf(cluster, question);
  return meant.verdict === 'deny' && met.verdict === 'deny' ? (met.policies[0] ?? null) : null;
}

/** By the client's own address, and by the node's. */
function verdictsOf(cluster: Evidence['cluster'], { pod, port, client, seen }: Question) {
  const flow = { cluster, to: pod, port, protocol: 'TCP' as const, throughService: true };
  const meant = evaluateFlow({ ...flow, from: { kind: 'address', address: client.own } }).ingress;
  const met = evaluateFlow({ ...flow, from: { kind: 'host', node: client.node, addresses: seen, runsAs: 'other' } });
  return { meant, met: met.ingress };
}

function namesAddresses(policies: readonly NetworkPolicy[], { namespace, name }: ObjectName): boolean {
  const policy = policies.find((each) => each.namespace === namespace && each.name === name);
  return policy?.spec.ingress?.some(({ from }) => from?.some(({ ipBlock }) => ipBlock !== undefined)) ?? false;
}

/** By which it asked; null where that was not told, or was not one. */
export function ownAddress({ attempts }: PathEvidence): string | null {
  const all = new Set(attempts.flatMap(({ sample }) => (sample.local === null ? [] : [withoutPort(sample.local)])));
  const [only] = all;
  return all.size === 1 ? (only ?? null) : null;
}

/** The node's own network asks twins of the pods, which policies see as them, and controls beside those, which tell the address that arrives. */
export function twinContrast(evidence: Evidence, suspect: ReplacedSource): Contrast {
  const twins = metAsNode(evidence, suspect, 'twin').filter(isBroken);
  const controls = metAsNode(evidence, suspect, 'control').filter(isWorking);
  const [twin, control] = [twins[0], controls[0]];
  const isTold = twin !== undefined && control !== undefined;
  return {
    label: 'Twin',
    holds: isTold && suspect.isMeasured ? true : null,
    says: isTold
      ? `from the network of ${suspect.node} a pod with the same labels: ${behaviour(twin)}; one that no policy selects: ${behaviour(control)}`
      : '',
    attempts: [...twins.flatMap(({ unanswered }) => unanswered), ...controls.flatMap(({ answered }) => answered)].slice(
      0,
      10,
    ),
    settles: `Connect from the host network of ${suspect.node} to a twin of the pod and to a control beside it, which tells the address that arrives.`,
  };
}

/** What comes as that node does to twins of the pods. */
export function isAsNode({ from, to }: PathEvidence, { node, closed }: ReplacedSource): boolean {
  return from.kind === 'host' && from.node === node && to?.kind === 'twin' && closed.includes(to.node ?? '');
}

function metAsNode(
  { paths }: Evidence,
  { node, closed }: ReplacedSource,
  kind: Agent['kind'],
): readonly PathEvidence[] {
  return paths.filter(
    ({ from, to, state }) =>
      from.kind === 'host' &&
      from.node === node &&
      to?.kind === kind &&
      closed.includes(to.node ?? '') &&
      state !== 'unmeasured',
  );
}

/** The same client at the same port of nodes that have an endpoint: these let what they send to their own pods pass. */
export function throughOwnNode(
  { paths }: Evidence,
  { closed, paths: [path] }: ReplacedSource,
): readonly PathEvidence[] {
  return paths.filter(
    ({ path: { to }, from, state }) =>
      to.kind === 'entry' && from.id === path?.from.id && closed.includes(to.node ?? '') && state !== 'unmeasured',
  );
}
