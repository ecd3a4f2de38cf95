/** Interfaces of one node that carry another size than the same interfaces of its siblings. */
import { POD_INTERFACE } from '../../../probes/wire.ts';
import type { Evidence } from '../evidence/evidence.ts';
import { nodeViews } from '../evidence/node-facts.ts';
import type { NodeView } from '../evidence/node-facts.ts';
import { derived } from '../derived.ts';

export interface OddInterface {
  readonly node: string;
  /** As the node calls it, or what several of its interfaces are. */
  readonly name: string;
  /** Bytes, here and on all the others. */
  readonly mtu: number;
  readonly others: number;
  /** The nodes whose interface is alike. */
  readonly alike: readonly string[];
  /** Packets that this interface threw away on receipt during the run; null where that was not read twice. */
  readonly rxDropped: number | null;
}

/** With two nodes nobody can say which of them is odd. */
const FEWEST_ALIKE = 2;
const DEFAULT_ROUTE = '0.0.0.0/0';

interface Carrier {
  readonly name: string;
  readonly mtu: number;
}

export const oddInterfaces = derived((evidence: Evidence): readonly OddInterface[] => {
  const views = [...nodeViews(evidence).values()];
  const carriers = views.map((view) => ({ view, own: carriersOf(view) }));
  const roles = new Set(carriers.flatMap(({ own }) => [...own.keys()]));
  return [...roles].flatMap((role) =>
    carriers.flatMap(({ view, own }) => {
      const mine = own.get(role);
      const alike = carriers.filter((each) => each.view !== view && each.own.has(role));
      const sizes = new Set(alike.map((each) => each.own.get(role)?.mtu));
      const [others] = sizes;
      const isOdd = mine !== undefined && alike.length >= FEWEST_ALIKE && sizes.size === 1 && others !== mine.mtu;
      if (!isOdd || others === undefined) return [];
      const { node } = view;
      return [
        { node, ...mine, others, alike: alike.map((each) => each.view.node), rxDropped: droppedBy(view, mine.name) },
      ];
    }),
  );
});

/** By role: the interface to the outside is one however it is called, those of pods count together, others are known by name. */
function carriersOf({ facts: { interfaces, routes } }: NodeView): ReadonlyMap<string, Carrier> {
  const outside = routes.find(({ to }) => to === DEFAULT_ROUTE)?.by;
  const found = new Map<string, Carrier>();
  const ofPods: number[] = [];
  for (const { name, mtu } of interfaces) {
    if (mtu === null || name === 'lo') continue;
    if (POD_INTERFACE.test(name)) ofPods.push(mtu);
    else found.set(name === outside ? 'outside' : name, { name, mtu });
  }
  const [common] = [...Map.groupBy(ofPods, (mtu) => mtu)].toSorted((a, b) => b[1].length - a[1].length);
  if (common !== undefined) found.set('pods', { name: "the pods' interfaces", mtu: common[0] });
  return found;
}

function droppedBy({ facts, end }: NodeView, name: string): number | null {
  const [before, after] = [facts, end].map((each) => each?.interfaces.find((own) => own.name === name)?.rxDropped);
  return before === undefined || after === undefined ? null : after - before;
}
