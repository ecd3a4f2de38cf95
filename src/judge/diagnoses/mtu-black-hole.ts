import { defineDiagnosis } from '../engine/diagnosis.ts';
import { list } from '../../model/format.ts';
import type { PathEvidence } from '../evidence/evidence.ts';
import { isHung } from '../evidence/state.ts';
import { above } from '../views/node-trouble.ts';
import { largePaths, smallBeside } from '../views/packet-sizes.ts';
import { ends } from '../words/words.ts';

export default defineDiagnosis({
  id: 'mtu-black-hole',
  class: 'retransmit-drop',
  layer: 'network',
  title: 'Large packets between nodes vanish, and nobody says so',
  why: 'The path carries less than the interfaces promise, and the ICMP message that would say it is filtered or not sent. Connects and small answers work; the first full-size segment is never acknowledged, so a large answer hangs until somebody gives up (minutes; 6.5 s where tcp_mtu_probing is on).',
  test: 'The same two probe pods exchange a small and a large answer: the large one hangs after the connect, the small one is answered in good time.',
  remedy:
    "Lower the MTU of the pod interfaces to what the path carries less the encapsulation (CNI setting), raise it on the path, or let ICMP 'fragmentation needed' through.",
  limits:
    'Packets that vanish from a size between the two that are tried are not found. A relay that terminates TCP hides it.',
  experiments: ['packet-sizes', 'node-pairs'],
  suspects: (evidence) => {
    const hung = evidence.target.kind === 'nodes' ? [] : largePaths(evidence).filter(isHung);
    return hung.length === 0 ? [] : [hung];
  },
  arm: (hung) => ({ paths: hung, fails: true }),
  contrasts: (hung, evidence) => [smallBeside(evidence, hung)],
  suffer: (hung, evidence) => {
    const stuck = evidence.paths.filter((path) => isHung(path) && crossesOne(path, hung));
    return [...stuck, ...above(evidence, stuck)];
  },
  blame: (hung, evidence) => {
    const all = largePaths(evidence);
    const pairs = hung.map(ends);
    const isEverywhere = hung.length === all.length;
    return {
      title: `Large packets vanish ${isEverywhere ? 'between all nodes' : `on ${list(pairs, 2)}`}: 20 kB hang, small answers do not`,
      object: null,
      where: isEverywhere ? null : { from: hung[0]?.from.node ?? '?', to: hung[0]?.to?.node ?? '?' },
      fix: {
        says: 'Compare the MTU of the pod interfaces with what the path carries less the encapsulation (VXLAN 50, IPIP 20, WireGuard 60 bytes): ping -M do -s SIZE between the nodes finds it.',
        manifest: null,
      },
    };
  },
});

/** An answer of the application's that is as large hangs on the same way. */
function crossesOne({ path: { to }, from }: PathEvidence, hung: readonly PathEvidence[]): boolean {
  return to.kind === 'backend' && hung.some((pair) => pair.from.node === from.node && pair.to?.node === to.node);
}
