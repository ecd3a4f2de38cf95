/** What a recording plainly shows, read without the judge: which attempts failed, and which failures are meant to be. */
import type { Sample } from '../../../probes/wire.ts';
import type { ExperimentId } from '../../../src/model/experiment.ts';
import { isToClosedPort } from '../../../src/model/plan.ts';
import type { Agent, Path } from '../../../src/model/plan.ts';
import type { Recording } from '../../../src/model/recording.ts';

/** Longer than any timer that fails over: a wait that was cut after it is a silence. */
const TELLING_WAIT_MS = 5500;

/** `unknown`: it was cut too soon to tell anything. */
export type Ended = 'served' | 'failed' | 'unknown';

/**
 * Whether whoever asked so was served. A 4xx is an answer, and so is NXDOMAIN: a cluster may have another domain than the usual one. Both are
 * answers that siblings may differ from.
 */
export function endedAs({ outcome, http, dns }: Sample): Ended {
  if (outcome.kind === 'cut') return outcome.waitedMs >= TELLING_WAIT_MS ? 'failed' : 'unknown';
  if (outcome.kind !== 'answered' || (http?.status ?? 0) >= 500) return 'failed';
  return dns === null || dns.rcode === 'NOERROR' || dns.rcode === 'NXDOMAIN' ? 'served' : 'failed';
}

export interface Tried {
  readonly path: Path;
  readonly from: Agent;
  readonly served: number;
  readonly failed: number;
  /** HTTP statuses and rcodes that were answered. */
  readonly answers: ReadonlySet<string>;
}

/** Every planned path, tried or not; but for those to ports on which nothing should listen, which fail where all is well. */
export function triedIn({ plan, samples }: Recording): Tried[] {
  const agents = new Map(plan.agents.map((agent) => [agent.id, agent]));
  const byPath = Map.groupBy(samples, ({ path }) => path);
  return plan.paths.flatMap((path) => {
    const from = agents.get(path.from);
    if (from === undefined || isToClosedPort(path)) return [];
    const all = byPath.get(path.id) ?? [];
    const count = (ended: Ended) => all.filter((sample) => endedAs(sample) === ended).length;
    const answers = all
      .filter(({ outcome }) => outcome.kind === 'answered')
      .flatMap(({ http, dns }) => (http === null ? (dns?.rcode ?? []) : `${http.status}`));
    return [{ path, from, served: count('served'), failed: count('failed'), answers: new Set(answers) }];
  });
}

/** Nothing got through, and nobody meant that. */
export function isFailingArm(recording: Recording, tried: Tried): boolean {
  return isDead(tried) && !isMeant(recording, tried) && !isThisMachine(recording, tried);
}

/** Nothing got through, whoever meant that. */
export function isDead({ failed, served }: Tried): boolean {
  return failed > 0 && served === 0;
}

/**
 * A policy may mean that nothing gets through. Generous: its rules are not looked at. Whoever has the identity of a client and asks for what
 * the question is about, or stands for the user, is never excused: what it cannot do is the question.
 */
export function isMeant(recording: Recording, tried: Tried): boolean {
  const isUser = tried.from.kind === 'control' && tried.path.userFacing;
  return (isKeptOut(recording, tried) && !isUser) || isKeptIn(recording, tried);
}

/** What was asked is isolated, and who asks is a neutral probe that no rule names. */
export function isKeptOut({ cluster, plan }: Recording, { path, from }: Tried): boolean {
  const isIsolated = cluster.networkPolicies.some(({ namespace }) => namespace === 'shop');
  const isNeutral = from.kind === 'control' || (from.kind === 'host' && !from.underTest);
  const far = path.to;
  const isShop =
    far.kind === 'backend' ||
    far.kind === 'service' ||
    (far.kind === 'agent' && plan.agents.some(({ id, kind }) => id === far.agent && kind === 'twin'));
  return isIsolated && isNeutral && isShop;
}

/** The client may go only where its egress rules lead, and no rule names a control of kprobe's own: nobody but kprobe asks for that. */
function isKeptIn({ cluster, plan }: Recording, { path: { to }, from }: Tried): boolean {
  const isIsolated = cluster.networkPolicies.some(
    ({ namespace, spec }) => namespace === from.identity.namespace && spec.policyTypes?.includes('Egress') === true,
  );
  return isIsolated && to.kind === 'agent' && plan.agents.some(({ id, kind }) => id === to.agent && kind === 'control');
}

/** Where this machine reaches nothing at all it stands outside: that says nothing of the cluster. */
export function isThisMachine(recording: Recording, { from }: Tried): boolean {
  return from.kind === 'local' && triedIn(recording).every((each) => each.from.kind !== 'local' || each.served === 0);
}

/**
 * Groups of which some paths answer only so and others only otherwise, by what stands at their far end: entries of one target,
 * endpoints of one Service, servers of one DNS (by the question that they are asked). One path that answers now so, now otherwise may
 * do so by design.
 */
export function differingSiblings(tried: readonly Tried[]): Tried[][] {
  const constant = tried.filter(({ answers }) => answers.size === 1);
  return [...Map.groupBy(constant, kinOf)]
    .filter(([kin]) => kin !== null)
    .map(([, siblings]) => siblings)
    .filter((siblings) => new Set(siblings.flatMap(({ answers }) => [...answers])).size > 1);
}

/** null: it has no siblings. */
function kinOf({ path: { to, probe } }: Tried): string | null {
  if (probe.kind === 'http') return `${to.kind} ${probe.host}${probe.path}`;
  return probe.kind === 'dns' ? `${to.kind} ${probe.name} ${probe.type}` : null;
}

/** What a suspect is cleared by; `null`: by every connect of paths that work at all. */
const CLEARED_BY: Readonly<Record<string, readonly ExperimentId[] | null>> = {
  application: ['endpoints'],
  DNS: ['dns-servers', 'dns-transports', 'record-types', 'client-resolution'],
  overlay: ['node-pairs', 'datagrams'],
  MTU: ['packet-sizes'],
  NetworkPolicy: ['identities', 'endpoints'],
  'packet loss': null,
};

/** Whether the path is an arm of what a ruled-out suspect rests on. Throws for a suspect that this table does not have. */
export function restsOn(suspect: string, { path }: Tried): boolean {
  const experiments = CLEARED_BY[suspect];
  if (experiments === undefined) throw new Error(`which experiments clear ${suspect}?`);
  return experiments !== null && path.experiments.some((id) => experiments.includes(id));
}
