/** Paths beside their siblings: the small questions that diagnoses put to the evidence. */
import type { ProbeKind } from '../../../probes/wire.ts';
import type { Agent, Destination } from '../../model/plan.ts';
import type { Evidence, PathEvidence } from './evidence.ts';

/** What stands at the far end: an agent is told by its own kind. */
export type FarKind = Exclude<Destination['kind'], 'agent'> | Agent['kind'];

/** Everything that is set must hold; what is not set does not matter. */
export interface Ends {
  readonly fromKind?: Agent['kind'];
  readonly fromNode?: string | null;
  readonly toKind?: FarKind;
  readonly toNode?: string | null;
  readonly probe?: ProbeKind;
}

/** What stands at the far end of a path; null where its agent is unknown. */
export function farKindOf({ path, to }: PathEvidence): FarKind | null {
  return path.to.kind === 'agent' ? (to?.kind ?? null) : path.to.kind;
}

/** The node at the far end; null where there is none or it is not known. */
export function farNodeOf({ path }: PathEvidence): string | null {
  return 'node' in path.to ? path.to.node : null;
}

/** All paths with these ends, measured or not. */
export function pathsBetween(evidence: Pick<Evidence, 'paths'>, ends: Ends): readonly PathEvidence[] {
  return evidence.paths.filter((each) => hasEnds(each, ends));
}

function hasEnds(each: PathEvidence, ends: Ends): boolean {
  return (
    (ends.fromKind === undefined || each.from.kind === ends.fromKind) &&
    (ends.fromNode === undefined || each.from.node === ends.fromNode) &&
    (ends.toKind === undefined || farKindOf(each) === ends.toKind) &&
    (ends.toNode === undefined || farNodeOf(each) === ends.toNode) &&
    (ends.probe === undefined || each.path.probe.kind === ends.probe)
  );
}

/**
 * The path that differs from this one only as `change` says; null where none was measured. An end that is not changed stays the very
 * same (agent, address and port); the probe stays the same in all its variants.
 */
export function sibling(evidence: Pick<Evidence, 'paths'>, of: PathEvidence, change: Ends): PathEvidence | null {
  const isNear = change.fromKind !== undefined || change.fromNode !== undefined;
  const isFar = change.toKind !== undefined || change.toNode !== undefined;
  const ends: Ends = {
    fromKind: of.from.kind,
    fromNode: of.from.node,
    toNode: farNodeOf(of),
    probe: of.path.probe.kind,
    ...definedOnly({ toKind: farKindOf(of) }),
    ...change,
  };
  const found = evidence.paths.find(
    (each) =>
      each !== of &&
      each.state !== 'unmeasured' &&
      (isNear || each.from.id === of.from.id) &&
      (isFar || sameFarEnd(each.path.to, of.path.to)) &&
      (change.probe !== undefined || sameVariant(each, of)) &&
      hasEnds(each, ends),
  );
  return found ?? null;
}

function definedOnly({ toKind }: { toKind: FarKind | null }): Ends {
  return toKind === null ? {} : { toKind };
}

function sameFarEnd(a: Destination, b: Destination): boolean {
  if (a.kind === 'agent') return b.kind === 'agent' && a.agent === b.agent && a.port === b.port;
  if (a.kind === 'resolver') return b.kind === 'resolver' && a.name === b.name;
  if (b.kind === 'agent' || b.kind === 'resolver') return false;
  return a.kind === b.kind && a.address === b.address && a.port === b.port;
}

/** Size, transport and record type are experiments of their own. */
function sameVariant(a: PathEvidence, b: PathEvidence): boolean {
  const [x, y] = [a.path.probe, b.path.probe];
  if (x.kind === 'dns' && y.kind === 'dns') return x.transport === y.transport && x.type === y.type;
  if ('bytes' in x && 'bytes' in y) return x.bytes === y.bytes;
  if (x.kind === 'http' && y.kind === 'http') return x.tls === y.tls;
  return x.kind === y.kind;
}
