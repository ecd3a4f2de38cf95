import { count, list } from '../../model/format.ts';
import { defineDiagnosis } from '../engine/diagnosis.ts';
import type { Evidence, PathEvidence } from '../evidence/evidence.ts';
import { isHung, isWorking } from '../evidence/state.ts';
import { oddInterfaces } from '../views/node-mtu.ts';
import type { OddInterface } from '../views/node-mtu.ts';
import { above, pathsAt, touches } from '../views/node-trouble.ts';
import { largePaths, smallBeside } from '../views/packet-sizes.ts';
import { ends, line } from '../words/words.ts';

interface OddNode {
  readonly node: string;
  readonly odd: readonly OddInterface[];
}

export default defineDiagnosis({
  id: 'mismatched-overlay-mtu',
  class: 'cross-node-overlay',
  layer: 'network',
  title: 'One node carries packets of another size than the others',
  why: "Each node believes that packets as large as its own interfaces carry get through. A node whose interface carries less (another network card, a cloud's image, a CNI that was set up anew on it alone) throws away what its siblings send at full size, and no router is there to say so: connects and small answers work, large ones to it hang.",
  test: 'Small and large answers between each two nodes: large ones hang with this node only, small ones are fine, and of all nodes its interface alone has another MTU.',
  remedy:
    "Give the node's interface the MTU of its siblings, or lower the MTU of the overlay and of the pods on all nodes to what the smallest carries less the encapsulation (VXLAN 50, IPIP 20, WireGuard 60 bytes).",
  limits:
    'Needs three nodes with host vantages, or nobody can say which is the odd one; otherwise it stays mtu-black-hole. TCP agrees on the smaller of two pod MTUs by itself, so a node whose pods alone differ harms no TCP.',
  experiments: ['packet-sizes', 'node-pairs'],
  suspects: (evidence): OddNode[] =>
    [...Map.groupBy(oddInterfaces(evidence), ({ node }) => node)].map(([node, odd]) => ({ node, odd })),
  arm: ({ node }, evidence) => {
    const paths = hungAt(evidence, node);
    return { paths, fails: paths.length > 0 };
  },
  contrasts: ({ node, odd }, evidence) => {
    const others = largePaths(evidence).filter((path) => !touches(path, node));
    const working = others.filter(isWorking);
    return [
      smallBeside(evidence, hungAt(evidence, node)),
      {
        label: 'Others',
        holds: others.length === 0 ? null : working.length === others.length,
        says: `20 kB come whole between the others (${list(working.map(ends), 2)})`,
        attempts: working.flatMap((path) => path.answered).slice(0, 10),
        settles: 'Ask for a large answer between two other nodes.',
      },
      { label: 'Interfaces', holds: true, says: odd.map(sizes).join('; '), attempts: [], settles: '' },
    ];
  },
  suffer: ({ node }, evidence) => {
    const stuck = pathsAt(evidence, node).filter((path) => path.path.probe.kind === 'http' && hasStuck(path));
    return [...stuck, ...above(evidence, stuck)];
  },
  blame: ({ node, odd }) => {
    const [first] = odd;
    const dropped = odd.find(({ rxDropped }) => (rxDropped ?? 0) > 0);
    return {
      title: `Node ${node} carries ${bytes(first?.mtu)} on ${first?.name}, the other nodes ${bytes(first?.others)}: large packets to it vanish`,
      object: { kind: 'Node', namespace: null, name: node },
      where: { from: 'all other nodes', to: node },
      lines:
        dropped === undefined
          ? []
          : [
              line(
                'Dropped',
                `${dropped.name} of ${node} threw away ${count(dropped.rxDropped ?? 0, 'packet')} meanwhile`,
              ),
            ],
      fix: {
        says: `On ${node}: ip link set dev ${first?.name} mtu ${first?.others}, if its wire carries that; else lower the MTU of the CNI on all nodes to what ${bytes(first?.mtu)} leave after the encapsulation.`,
        manifest: null,
      },
    };
  },
});

function sizes({ node, name, mtu, others, alike }: OddInterface): string {
  return `${name} of ${node} carries ${bytes(mtu)}, of ${list([...alike])} ${bytes(others)}`;
}

function bytes(mtu: number | undefined): string {
  return `${(mtu ?? 0).toLocaleString('en-US')} bytes`;
}

function hungAt(evidence: Evidence, node: string): PathEvidence[] {
  return largePaths(evidence).filter((path) => isHung(path) && touches(path, node));
}

/** Connected, and then the answer did not come whole. */
function hasStuck({ unanswered }: PathEvidence): boolean {
  return unanswered.some(({ sample: { outcome, phases } }) => {
    const isLate = outcome.kind === 'silent' || outcome.kind === 'cut';
    return isLate && outcome.phase !== 'connect' && phases.connect !== undefined;
  });
}
