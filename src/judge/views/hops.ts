/**
 * The controlled experiments of a run, put together from its paths: a hop (source → backend) beside what differs from it in
 * one thing only: the same source to a twin of the backend, to a control on the same node, and other sources to the same backend.
 */
import type { Agent } from '../../model/plan.ts';
import { expectationOf } from '../evidence/expected.ts';
import { derived } from '../derived.ts';
import type { Evidence, Expectation, PathEvidence } from '../evidence/evidence.ts';

export interface Hop {
  readonly source: Agent;
  readonly path: PathEvidence;
  readonly expectation: Expectation;
  /** Same source, same port, same node, same labels; kprobe answers. null: none was made or measured. */
  readonly twin: PathEvidence | null;
  /** Same source, same node, same port (where it could be had), another identity that no policy selects. */
  readonly controls: readonly PathEvidence[];
  /** Other sources to the same far end. */
  readonly others: readonly PathEvidence[];
}

/** The agents with the identity that the question is about. */
export function sourcesUnderTest(evidence: Evidence): readonly Agent[] {
  return [...evidence.agents.values()].filter((agent) => agent.underTest);
}

/** Measured hops from each source under test to each backend. */
export function hopsOf(evidence: Evidence): Hop[] {
  return sourcesUnderTest(evidence).flatMap((source) => hopsFrom(evidence, source));
}

/** The same for any source, e.g. the neutral controls. */
export function hopsFrom(evidence: Evidence, source: Agent): Hop[] {
  return (measuredFrom(evidence).get(source.id) ?? [])
    .filter((path) => path.path.to.kind === 'backend')
    .map((path) => hopOf(evidence, path));
}

/** Measured hops from each source under test to hosts outside the cluster. */
export function outsideHopsOf(evidence: Evidence): Hop[] {
  return sourcesUnderTest(evidence)
    .flatMap((source) => measuredFrom(evidence).get(source.id) ?? [])
    .filter((path) => path.path.to.kind === 'external')
    .map((path) => hopOf(evidence, path));
}

/** Measured hops from each source under test to endpoints by the target's second address family, beside probe pods by the same. */
export function otherFamilyHopsOf(evidence: Evidence): Hop[] {
  const measured = evidence.otherFamily.filter(({ state }) => state !== 'unmeasured');
  return measured
    .filter(({ path, from }) => path.to.kind === 'backend' && from.underTest)
    .map((path) => hopAmong(evidence, path, measured));
}

const measuredFrom = derived((evidence: Evidence): ReadonlyMap<string, readonly PathEvidence[]> =>
  Map.groupBy(
    evidence.paths.filter((path) => path.state !== 'unmeasured'),
    (path) => path.from.id,
  ),
);

const measuredEnds = derived((evidence: Evidence): readonly PathEvidence[] =>
  evidence.paths.filter(
    ({ path: { to }, state }) => (to.kind === 'backend' || to.kind === 'external') && state !== 'unmeasured',
  ),
);

function hopOf(evidence: Evidence, path: PathEvidence): Hop {
  const sameSource = measuredFrom(evidence).get(path.from.id) ?? [];
  const sameEnd = measuredEnds(evidence).filter((each) => sameAddress(each, path));
  return hopAmong(evidence, path, [...sameSource, ...sameEnd]);
}

/** `measured` holds all paths that it may be put beside. */
function hopAmong(evidence: Evidence, path: PathEvidence, measured: readonly PathEvidence[]): Hop {
  const to = path.path.to;
  const node = to.kind === 'backend' ? to.node : null;
  const port = to.kind === 'backend' || to.kind === 'external' ? to.port : null;
  const beside = measured.filter(
    (each) =>
      each.from.id === path.from.id &&
      node !== null &&
      each.to !== null &&
      each.to.node === node &&
      each.path.probe.kind === 'tcp',
  );
  const at = (each: PathEvidence) => (each.path.to.kind === 'agent' ? each.path.to.port : null);
  const controls = beside.filter((each) => each.to?.kind === 'control' && !isLarge(each));
  const samePort = controls.filter((each) => at(each) === port);
  return {
    source: path.from,
    path,
    expectation: expectationOf(evidence, path),
    twin:
      beside.find((each) => each.to?.kind === 'twin' && at(each) === port && isTwinOf(evidence, each.to, to)) ?? null,
    controls: samePort.length > 0 ? samePort : controls,
    others: measured.filter((each) => each.from.id !== path.from.id && sameAddress(each, path)),
  };
}

/** A twin stands for the backends of its node that carry the labels it copied. */
function isTwinOf(evidence: Evidence, twin: Agent, to: PathEvidence['path']['to']): boolean {
  if (to.kind !== 'backend' || to.pod === null) return false;
  const pod = evidence.cluster.pods.find((each) => each.namespace === to.pod?.namespace && each.name === to.pod.name);
  return pod !== undefined && twin.node === pod.node && sameLabels(twin.identity.labels, pod.labels);
}

function sameLabels(a: Readonly<Record<string, string>>, b: Readonly<Record<string, string>>): boolean {
  const keys = Object.keys(a);
  return keys.length === Object.keys(b).length && keys.every((key) => a[key] === b[key]);
}

/** A large answer was asked for: that is about size, not about reachability. */
export function isLarge(path: PathEvidence): boolean {
  return path.path.probe.kind === 'tcp' && path.path.probe.bytes > 0;
}

function sameAddress(a: PathEvidence, b: PathEvidence): boolean {
  const [x, y] = [a.path.to, b.path.to];
  return 'address' in x && 'address' in y && x.kind === y.kind && x.address === y.address && x.port === y.port;
}
