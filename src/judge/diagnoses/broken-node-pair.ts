import { proxyTimer, whyThatLong } from '../words/amplifier.ts';
import { anyDelay, explain } from '../engine/reach.ts';
import type { Evidence } from '../evidence/evidence.ts';
import { isBroken, isWorking } from '../evidence/state.ts';
import { meshesOf } from '../views/mesh.ts';
import type { Mesh, Pair } from '../views/mesh.ts';
import { line, pathLines, sight } from '../words/words.ts';
import { defineDiagnosis } from '../engine/diagnosis.ts';
import type { Found } from '../engine/diagnosis.ts';
import { brokenPaths, cutDirection, networkName, underlayOf, workingWays } from '../views/overlay.ts';

export default defineDiagnosis({
  id: 'broken-node-pair',
  class: 'cross-node-overlay',
  title: 'Two nodes do not reach each other over the pod network',
  why: 'Only traffic between these two nodes is lost; everything else works, so it shows as an error that depends on where pods happen to run.',
  test: 'Probe pods on every pair of nodes: this pair fails, while each of the two nodes works with a third. The answering side tells whether the SYN arrived, and so which direction is cut.',
  remedy:
    'Look at what lies between these two nodes only: security groups, a stale route, ARP or FDB entry of the overlay, a WireGuard peer, asymmetric filtering.',
  limits:
    'Needs three nodes. A direction is named only where one of them works, or the far side saw packets of one direction.',
  maskedBy: ['broken-overlay', 'broken-node-overlay'],
  find(evidence) {
    const found: Found[] = [];
    const known = new Set<string>();
    for (const mesh of meshesOf(evidence)) {
      const broken = mesh.pairs.filter(({ path }) => isBroken(path));
      const couples = Map.groupBy(broken, (pair) => [pair.from, pair.to].toSorted().join('\n'));
      for (const [couple, pairs] of couples) {
        const [pair] = pairs;
        if (pair === undefined || known.has(couple)) continue;
        if (!worksWithThird(mesh, pair.from, pair.to) || !worksWithThird(mesh, pair.to, pair.from)) continue;
        // The nodes themselves are cut from each other: that is the cause, and accounts for the pods as well.
        known.add(couple);
        found.push(findingOf(evidence, mesh, pairs));
      }
    }
    return found;
  },
});

function findingOf(evidence: Evidence, mesh: Mesh, pairs: readonly Pair[]): Found {
  const [a = '', b = ''] = [pairs[0]?.from, pairs[0]?.to];
  const underlay = underlayOf(evidence, mesh.network, pairs);
  const isBackWorking = pairs.length === 1 && isWorkingWay(mesh.between(b, a));
  const arrived = isBackWorking ? null : cutDirection(evidence, mesh, [a, b]);
  const direction = isBackWorking ? { from: a, to: b } : arrived;
  const accounts = brokenPaths(evidence, mesh, a).filter((path) => joins(path, a, b));
  const explained = explain(evidence, accounts, anyDelay);
  const where = direction ?? { from: a, to: b };
  const both = [mesh.between(a, b), mesh.between(b, a)];
  const others = workingWays(mesh) - both.filter(isWorkingWay).length;
  return {
    certainty: 'proven',
    title: `${where.from} ${direction === null ? 'and' : '→'} ${where.to}: the ${networkName(mesh)} is cut between these two nodes`,
    object: null,
    where,
    timer: proxyTimer(evidence),
    evidence: [
      ...sight(evidence, explained),
      ...[whyThatLong(evidence)].filter((each) => each !== null),
      ...pathLines(
        'Where',
        pairs.map((pair) => pair.path),
      ),
      ...(isBackWorking ? [line('Direction', `connects from ${b} to ${a} are answered`)] : []),
      ...(arrived === null
        ? []
        : [
            line(
              'Direction',
              `packets of ${arrived.to} arrive at ${arrived.from}; nothing of ${arrived.from} arrives at ${arrived.to}`,
            ),
          ]),
      line('Elsewhere', `${others} other ways work, both nodes among them`, answeredBeside(mesh, a, b)),
      line('Under it', underlay.says, underlay.shots),
    ],
    fix: {
      says: `Compare what ${a} and ${b} hold for each other: firewall, routes to the pod range, ARP and FDB entries of the overlay device.`,
      manifest: null,
    },
    wouldSettle: null,
    accounts: accounts.map((path) => path.path.id),
    explained,
  };
}

function worksWithThird(mesh: Mesh, node: string, other: string): boolean {
  return (mesh.touching.get(node) ?? []).some(
    (pair) => pair.from !== other && pair.to !== other && isWorking(pair.path),
  );
}

function isWorkingWay(pair: Pair | null): boolean {
  return pair !== null && isWorking(pair.path);
}

function answeredBeside(mesh: Mesh, a: string, b: string) {
  const beside = (mesh.touching.get(a) ?? []).filter((pair) => pair.from !== b && pair.to !== b);
  return beside.flatMap((pair) => pair.path.answered).slice(0, 10);
}

function joins({ path, from }: ReturnType<typeof brokenPaths>[number], a: string, b: string): boolean {
  const node = 'node' in path.to ? path.to.node : null;
  return (from.node === a && node === b) || (from.node === b && node === a);
}
