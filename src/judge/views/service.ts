/** The address of the asked Service as each source sees it, beside the endpoints behind it. */
import type { Service } from '../../model/cluster.ts';
import { named } from '../../model/named.ts';
import type { Contrast } from '../engine/diagnosis.ts';
import type { Evidence, PathEvidence } from '../evidence/evidence.ts';
import { isBroken, isWorking } from '../evidence/state.ts';
import { duration, list } from '../../model/format.ts';
import { expectationOf } from '../evidence/expected.ts';

/** One node's vantages at the Service's address. */
export interface ServiceView {
  readonly node: string;
  readonly paths: readonly PathEvidence[];
}

/** By node, what policy does not deny. */
export function serviceViews(evidence: Evidence): ServiceView[] {
  const asked = evidence.paths.filter(
    (path) =>
      path.path.to.kind === 'service' &&
      path.state !== 'unmeasured' &&
      path.from.node !== null &&
      expectationOf(evidence, path).verdict !== 'deny',
  );
  return [...Map.groupBy(asked, ({ from }) => from.node ?? '')].map(([node, paths]) => ({ node, paths }));
}

export function serviceOf({ cluster, target: { service } }: Evidence): Service | null {
  return named(cluster.services, service);
}

/** A ready endpoint on this node. */
export function hasLocalEndpoint({ target: { service } }: Evidence, node: string): boolean {
  return service?.backends.some((backend) => backend.ready && backend.node === node) === true;
}

/** The same sources, straight to the endpoints. */
export function straightContrast(evidence: Evidence, { paths }: ServiceView): Contrast {
  const sources = new Set(paths.map(({ from }) => from.id));
  const direct = evidence.paths.filter(
    (path) => path.path.to.kind === 'backend' && sources.has(path.from.id) && path.state !== 'unmeasured',
  );
  const working = direct.filter(isWorking);
  return {
    label: 'Straight',
    holds: direct.length === 0 ? null : working.length === direct.length,
    says: `the same sources reach all ${new Set(direct.map(({ path: { to } }) => ('address' in to ? to.address : ''))).size} endpoints by their own addresses, ${duration(working[0]?.median('total') ?? 0)}`,
    attempts: working.flatMap(({ answered }) => answered).slice(0, 10),
    settles: 'Connect from the same node straight to the endpoints.',
  };
}

/** The same address from other nodes. */
export function elsewhereContrast(evidence: Evidence, { node }: ServiceView): Contrast {
  const others = serviceViews(evidence).filter((view) => view.node !== node);
  const working = others.filter(({ paths }) => paths.some(isWorking));
  return {
    label: 'Elsewhere',
    holds: others.length === 0 ? null : working.length > 0,
    says: `the same address answers on ${list(working.map((view) => view.node))}`,
    attempts: working.flatMap(({ paths }) => paths.flatMap(({ answered }) => answered)).slice(0, 10),
    settles: 'Connect to the same address from another node.',
  };
}

export function isSilentView({ paths }: ServiceView): boolean {
  return paths.every(isBroken);
}
