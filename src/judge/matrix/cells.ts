/** One direction between two nodes, summed up. */
import type { Phase } from '../../../probes/wire.ts';
import type { PathHealth } from '../../model/path-health.ts';
import type { MatrixCell, Network } from '../../model/matrix.ts';
import type { Evidence, PathEvidence } from '../evidence/evidence.ts';
import { hostMeshOf, meshOf } from '../views/mesh.ts';
import { slowNodePairsOf } from '../views/slow-node-pairs.ts';
import { packetBytes } from './packet-sizes.ts';
import { percentilesOf, sharesOf } from './percentiles.ts';

/** What follows the request: the answer's first byte, and its rest. */
const ANSWERING: readonly Phase[] = ['first-byte', 'body'];

/** Every node pair that was planned, in the order of the plan; those without a usable attempt are `unmeasured`. */
export function cellsOf(evidence: Evidence): MatrixCell[] {
  const slow = slowPaths(evidence);
  const sizes = packetBytes(evidence);
  return evidence.paths.flatMap((path) => {
    const network = networkOf(path);
    if (network === null || path.to === null || !path.path.userFacing) return [];
    const [from, to] = [path.from.node ?? '', path.to.node ?? ''];
    return [
      {
        from,
        to,
        network,
        attempts: path.attempts.length,
        connect: percentilesOf(path.answered.flatMap(({ sample }) => sample.phases.connect ?? [])),
        roundTrip: percentilesOf(path.answered.map(({ sample }) => answering(sample.phases))),
        lost: sharesOf(path.lost),
        mtuBytes: sizes.get(`${path.from.id}\n${path.to.id}`) ?? null,
        state: healthOf(path, slow.has(path) || isSlow(evidence, path)),
      },
    ];
  });
}

/** null: not between two probes of one network. */
export function networkOf({ from, to }: PathEvidence): Network | null {
  if (to === null || from.kind !== to.kind) return null;
  return from.kind === 'control' ? 'pod' : from.kind === 'host' ? 'host' : null;
}

/** How a node pair or a server did; `slow` is said of those that answer each time. */
export function healthOf(path: PathEvidence, isSlowPath: boolean): PathHealth {
  if (path.state === 'unmeasured') return 'unmeasured';
  if (path.answered.length === 0) return 'broken';
  if (path.state === 'lossy') return 'lossy';
  return isSlowPath ? 'slow' : 'good';
}

/** By the user's own measure (`--slow-after`), whatever others take. */
export function isSlow(evidence: Evidence, path: PathEvidence): boolean {
  return (path.median('total') ?? 0) >= evidence.slowAfterMs;
}

function slowPaths(evidence: Evidence): ReadonlySet<PathEvidence> {
  return new Set(
    [meshOf(evidence), hostMeshOf(evidence)].flatMap((mesh) => {
      const { nodes, nodePairs } = slowNodePairsOf(mesh);
      return [...nodes.flatMap(({ pairs }) => pairs), ...nodePairs.map(({ pair }) => pair)].map(({ path }) => path);
    }),
  );
}

function answering(phases: Readonly<Partial<Record<Phase, number>>>): number {
  return ANSWERING.reduce((sum, phase) => sum + (phases[phase] ?? 0), 0);
}
