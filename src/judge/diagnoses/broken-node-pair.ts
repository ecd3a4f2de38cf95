import { proxyTimer, whyThatLong } from '../amplifier.ts';
import { anyDelay, explain } from '../attribution.ts';
import { isBroken, isWorking, meshOf, overlayPaths } from '../experiments.ts';
import type { Pair } from '../experiments.ts';
import { line, pathLines, sight } from '../words.ts';
import { defineDiagnosis } from './diagnosis.ts';
import { cutDirection, underlayOf } from './overlay.ts';

export default defineDiagnosis({
  id: 'broken-node-pair',
  class: 'cross-node-overlay',
  title: 'Two nodes do not reach each other over the pod network',
  why: 'Only traffic between these two nodes is lost; everything else works, so it shows as an error that depends on where pods happen to run.',
  test: 'Probe pods on every pair of nodes: this pair fails, while each of the two nodes works with a third. The answering side tells whether the SYN arrived, and so which direction is cut.',
  remedy:
    'Look at what lies between these two nodes only: security groups, a stale route, ARP or FDB entry of the overlay, a WireGuard peer, asymmetric filtering.',
  limits: 'Needs three nodes. A direction is named only where the far side saw packets of one direction.',
  maskedBy: ['broken-overlay', 'broken-node-overlay'],
  find(evidence) {
    const mesh = meshOf(evidence);
    const broken = mesh.filter((pair) => isBroken(pair.path));
    const couples = new Map(broken.map((pair) => [[pair.from, pair.to].toSorted().join(' '), pair]));
    return [...couples.values()].flatMap((pair) => {
      const both = broken.filter((each) => isCouple(each, pair));
      const third = mesh.filter((each) => !isCouple(each, pair) && isWorking(each.path));
      const isReached = (node: string) => third.some((each) => each.from === node || each.to === node);
      if (!isReached(pair.from) || !isReached(pair.to)) return [];
      const underlay = underlayOf(evidence, both);
      const direction = cutDirection(evidence, pair.from, pair.to);
      const accounts = overlayPaths(evidence).filter((path) => isBroken(path) && joins(path, pair));
      const explained = explain(evidence, accounts, anyDelay);
      const where = direction ?? { from: pair.from, to: pair.to };
      return [
        {
          certainty: 'proven' as const,
          title: `${where.from} ${direction === null ? 'and' : '→'} ${where.to}: the pod network is cut between these two nodes`,
          object: null,
          where,
          timer: proxyTimer(evidence),
          evidence: [
            ...sight(evidence, explained),
            ...[whyThatLong(evidence)].filter((each) => each !== null),
            ...pathLines(
              'Where',
              both.map((pair) => pair.path),
            ),
            ...(direction === null
              ? []
              : [
                  line(
                    'Direction',
                    `packets of ${direction.to} arrive at ${direction.from}; nothing of ${direction.from} arrives at ${direction.to}`,
                  ),
                ]),
            line(
              'Elsewhere',
              `${third.length} other ways work, both nodes among them`,
              third.flatMap((each) => each.path.answered).slice(0, 10),
            ),
            line('Under it', underlay.says, underlay.shots),
          ],
          fix: {
            says: `Compare what ${pair.from} and ${pair.to} hold for each other: firewall, routes to the pod range, ARP and FDB entries of the overlay device.`,
            manifest: null,
          },
          wouldSettle: null,
          accounts: accounts.map((path) => path.path.id),
          explained,
        },
      ];
    });
  },
});

function isCouple(a: Pair, b: Pair): boolean {
  return (a.from === b.from && a.to === b.to) || (a.from === b.to && a.to === b.from);
}

function joins(path: ReturnType<typeof overlayPaths>[number], pair: Pair): boolean {
  const to = path.path.to;
  const node = 'node' in to ? to.node : null;
  return (path.from.node === pair.from && node === pair.to) || (path.from.node === pair.to && node === pair.from);
}
