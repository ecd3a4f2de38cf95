import { defineDiagnosis } from '../engine/diagnosis.ts';
import type { Evidence, PathEvidence } from '../evidence/evidence.ts';
import { isBroken, isWorking } from '../evidence/state.ts';
import { meshesOf } from '../views/mesh.ts';
import type { Mesh, Pair } from '../views/mesh.ts';
import { brokenPaths, cutDirection, networkName, underlayOf, workingNodePairs } from '../views/overlay.ts';
import { proxyTimer, whyThatLong } from '../words/amplifier.ts';
import { line } from '../words/words.ts';

interface Couple {
  readonly mesh: Mesh;
  readonly nodes: readonly [string, string];
  /** The pairs of these two that fail: one direction, or both. */
  readonly pairs: readonly Pair[];
}

export default defineDiagnosis({
  id: 'broken-node-pair',
  class: 'cross-node-overlay',
  layer: 'network',
  title: 'Two nodes do not reach each other over the pod network',
  why: 'Only traffic between these two nodes is lost; everything else works, so it shows as an error that depends on where pods happen to run.',
  test: 'Probe pods on every pair of nodes: this pair fails, while each of the two nodes works with a third. The answering side tells whether the SYN arrived, and so which direction is cut.',
  remedy:
    'Look at what lies between these two nodes only: security groups, a stale route, ARP or FDB entry of the overlay, a WireGuard peer, asymmetric filtering.',
  limits:
    'Needs three nodes. A direction is named only where one of them works, or the far side saw packets of one direction.',
  experiments: ['node-pairs', 'node-network', 'endpoints'],
  suspects: (evidence) => {
    const couples = meshesOf(evidence).flatMap((mesh) =>
      [
        ...Map.groupBy(
          mesh.pairs.filter(({ path }) => isBroken(path)),
          ({ from, to }) => [from, to].toSorted().join('\n'),
        ).values(),
      ].map((pairs): Couple => ({ mesh, pairs, nodes: [pairs[0]?.from ?? '', pairs[0]?.to ?? ''] })),
    );
    // The nodes themselves are cut from each other: that is the cause, and accounts for the pods as well.
    return [
      ...new Map(couples.toReversed().map((each) => [each.nodes.toSorted().join('\n'), each])).values(),
    ].toReversed();
  },
  arm: ({ mesh, nodes: [a, b], pairs }) => ({
    paths: pairs.map(({ path }) => path),
    fails: worksWithThird(mesh, a, b) && worksWithThird(mesh, b, a),
  }),
  contrasts: ({ mesh, nodes: [a, b] }) => {
    const both = [mesh.between(a, b), mesh.between(b, a)];
    return [
      {
        label: 'Elsewhere',
        holds: true,
        says: `${workingNodePairs(mesh) - both.filter(isWorkingPair).length} other node pairs work, both nodes among them`,
        attempts: answeredBeside(mesh, a, b),
        settles: '',
      },
    ];
  },
  suffer: ({ mesh, nodes: [a, b] }, evidence) => brokenPaths(evidence, mesh, a).filter((path) => joins(path, a, b)),
  blame: (couple, evidence) => {
    const {
      mesh,
      nodes: [a, b],
      pairs,
    } = couple;
    const direction = directionOf(evidence, couple);
    const where = direction === null ? { from: a, to: b } : { from: direction.from, to: direction.to };
    const underlay = underlayOf(evidence, mesh.network, pairs);
    return {
      title: `${where.from} ${direction === null ? 'and' : '→'} ${where.to}: the ${networkName(mesh)} is cut between these two nodes`,
      object: null,
      where,
      timer: proxyTimer(evidence),
      why: whyThatLong(evidence),
      lines: [
        ...(direction === null ? [] : [line('Direction', direction.says)]),
        line('Under it', underlay.says, underlay.attempts),
      ],
      fix: {
        says: `Compare what ${a} and ${b} hold for each other: firewall, routes to the pod range, ARP and FDB entries of the overlay device.`,
        manifest: null,
      },
    };
  },
});

/** Which direction is cut, and how it is known; null: both are, or it is not known. */
function directionOf(evidence: Evidence, { mesh, nodes: [a, b], pairs }: Couple) {
  if (pairs.length === 1 && isWorkingPair(mesh.between(b, a)))
    return { from: a, to: b, says: `connects from ${b} to ${a} are answered` };
  const arrived = cutDirection(evidence, mesh, [a, b]);
  return arrived === null
    ? null
    : {
        ...arrived,
        says: `packets of ${arrived.to} arrive at ${arrived.from}; nothing of ${arrived.from} arrives at ${arrived.to}`,
      };
}

function worksWithThird(mesh: Mesh, node: string, other: string): boolean {
  return (mesh.touching.get(node) ?? []).some(
    (pair) => pair.from !== other && pair.to !== other && isWorking(pair.path),
  );
}

function isWorkingPair(pair: Pair | null): boolean {
  return pair !== null && isWorking(pair.path);
}

function answeredBeside(mesh: Mesh, a: string, b: string) {
  const beside = (mesh.touching.get(a) ?? []).filter((pair) => pair.from !== b && pair.to !== b);
  return beside.flatMap((pair) => pair.path.answered).slice(0, 10);
}

function joins({ path, from }: PathEvidence, a: string, b: string): boolean {
  const node = 'node' in path.to ? path.to.node : null;
  return (from.node === a && node === b) || (from.node === b && node === a);
}
