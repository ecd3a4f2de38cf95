import { proxyTimer, whyThatLong } from '../amplifier.ts';
import { anyDelay, explain } from '../attribution.ts';
import { isBroken, isWorking, meshOf, overlayPaths } from '../experiments.ts';
import { line, pathLines, sight } from '../words.ts';
import { defineDiagnosis } from './diagnosis.ts';
import { underlayOf } from './overlay.ts';

export default defineDiagnosis({
  id: 'broken-node-overlay',
  class: 'cross-node-overlay',
  title: 'One node is cut off from the pod network',
  why: 'Pods of this node reach no pod elsewhere and are reached by none. Whatever has a replica there, or runs there, times out in proportion.',
  test: 'Probe pods on every pair of nodes: all pairs with this node fail, all others work; the node address itself answers.',
  remedy:
    'Look at the CNI pod of this node, its overlay device, its firewall, and whether its pod range is routed by the others.',
  limits: 'Needs three nodes: with two, one node cannot be told from the overlay as a whole.',
  maskedBy: ['broken-overlay'],
  find(evidence) {
    const mesh = meshOf(evidence);
    const nodes = [...new Set(mesh.map((pair) => pair.from))];
    if (nodes.length < 3) return [];
    return nodes.flatMap((node) => {
      const own = mesh.filter((pair) => pair.from === node || pair.to === node);
      const others = mesh.filter((pair) => pair.from !== node && pair.to !== node);
      if (!own.every((pair) => isBroken(pair.path)) || !others.some((pair) => isWorking(pair.path))) return [];
      const underlay = underlayOf(evidence, own);
      const accounts = overlayPaths(evidence).filter((path) => isBroken(path) && touches(path, node));
      const explained = explain(evidence, accounts, anyDelay);
      return [
        {
          certainty: underlay.works ? ('proven' as const) : ('likely' as const),
          title: `Node ${node} is cut off from the pod network: all ${own.length} ways to and from it fail`,
          object: { kind: 'Node', namespace: null, name: node },
          where: { from: node, to: 'all other nodes' },
          timer: proxyTimer(evidence),
          evidence: [
            ...sight(evidence, explained),
            ...[whyThatLong(evidence)].filter((each) => each !== null),
            ...pathLines(
              'Where',
              own.map((pair) => pair.path),
            ),
            line(
              'Elsewhere',
              `${others.filter((pair) => isWorking(pair.path)).length} of ${others.length} ways between the other nodes work`,
              others.flatMap((pair) => pair.path.answered).slice(0, 10),
            ),
            line('Under it', underlay.says, underlay.shots),
          ],
          fix: {
            says: `Restart or repair the CNI on ${node}; check its firewall for the encapsulation and the routes to its pod range.`,
            manifest: null,
          },
          wouldSettle: underlay.works ? null : 'Probe the node addresses from the host network (without --no-host).',
          accounts: accounts.map((path) => path.path.id),
          explained,
        },
      ];
    });
  },
});

function touches(path: ReturnType<typeof overlayPaths>[number], node: string): boolean {
  const to = path.path.to;
  return path.from.node === node || ('node' in to && to.node === node);
}
