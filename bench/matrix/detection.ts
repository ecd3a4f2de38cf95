/** Does a matrix find what its design says that it finds? Faults are put into recordings, and the judge is asked. */
import { wilson } from '../../src/judge/evidence/intervals.ts';
import { examine } from '../../src/judge/judge.ts';
import type { Cluster } from '../../src/model/cluster.ts';
import type { MatrixDesign } from '../../src/model/matrix.ts';
import type { Finding } from '../../src/model/verdict.ts';
import { seeded, shuffled } from '../../src/plan/mesh/random.ts';
import { plannedRound, recorded, waysOnly } from './synthetic.ts';
import type { Fault } from './synthetic.ts';

export interface Detection {
  readonly fault: 'nodePair' | 'node' | 'crossing';
  readonly stated: number;
  readonly found: number;
  readonly of: number;
  /** 95 % Wilson interval of the share that was found. */
  readonly interval: readonly [number, number];
  readonly agrees: boolean;
}

/** Faults in one recording at once: so few nodes of all that they do not meet. */
const NODES_A_FAULT = 25;

interface Trial {
  readonly isCut: Fault;
  readonly isIt: (finding: Finding) => boolean;
}

/** `trials` faults of each kind, in clusters of different choices of node pairs; found where one of so many rounds finds it. Several rounds are for node pairs: the others are found in one. */
export function detect(cluster: Cluster, trials: number, rounds: number): Detection[] {
  const kinds = { nodePair: nodePairFaults, node: nodeFaults, crossing: crossingFaults } as const;
  const asked = rounds === 1 ? (['nodePair', 'node', 'crossing'] as const) : (['nodePair'] as const);
  return asked.map((fault) => {
    let [found, of, stated, designs] = [0, 0, 0, 0];
    while (of < trials) {
      const seed = `${fault} ${designs}`;
      // By another chance than that which chooses the node pairs.
      const faults = kinds[fault](cluster, `faults of ${seed}`).slice(0, trials - of);
      const named = new Set<Trial>();
      let chance = 0;
      for (let round = 1; round <= rounds; round += 1) {
        const mesh = waysOnly(plannedRound(cluster, seed, round));
        const recording = recorded(cluster, mesh, (from, to) => faults.some((each) => each.isCut(from, to)));
        const { findings } = examine(recording, () => []).verdict;
        for (const each of faults) if (findings.some(each.isIt)) named.add(each);
        chance = probability(mesh.design, fault);
      }
      found += named.size;
      of += faults.length;
      stated += chance * faults.length;
      designs += 1;
    }
    const interval = wilson(found, of);
    const share = stated / of;
    return { fault, stated: share, found, of, interval, agrees: share >= interval[0] && share <= interval[1] };
  });
}

function probability({ finds }: MatrixDesign, fault: Detection['fault']): number {
  return { nodePair: finds.pair, node: finds.node, crossing: finds.zoneCrossing ?? 0 }[fault];
}

/** Node pairs of chance, no two of them with a node in common. */
function nodePairFaults(cluster: Cluster, seed: string): Trial[] {
  const names = shuffled(
    cluster.nodes.map(({ name }) => name),
    seeded(seed),
  );
  return Array.from({ length: Math.max(1, Math.floor(names.length / NODES_A_FAULT)) }, (_, at) => {
    const [from, to] = [names[2 * at] ?? '', names[2 * at + 1] ?? ''];
    return {
      isCut: (a, b) => a === from && b === to,
      isIt: ({ diagnosis, where }) => diagnosis === 'broken-node-pair' && where?.from === from && where.to === to,
    };
  });
}

function nodeFaults(cluster: Cluster, seed: string): Trial[] {
  const names = shuffled(
    cluster.nodes.map(({ name }) => name),
    seeded(seed),
  );
  return names.slice(0, Math.max(1, Math.floor(names.length / NODES_A_FAULT))).map((bad) => ({
    isCut: (a, b) => a === bad || b === bad,
    isIt: ({ diagnosis, object }) => diagnosis === 'broken-node-overlay' && object?.name === bad,
  }));
}

/** As many as there are couples of zones without a zone in common: what one cuts, no other touches. */
function crossingFaults(cluster: Cluster, seed: string): Trial[] {
  const zones = new Map(cluster.nodes.map(({ name, zone }) => [name, zone ?? '']));
  const order = shuffled([...new Set(zones.values())], seeded(seed));
  return Array.from({ length: Math.floor(order.length / 2) }, (_, at) => {
    const couple = order.slice(2 * at, 2 * at + 2);
    return {
      isCut: (a, b) => isSame([zones.get(a) ?? '', zones.get(b) ?? ''], couple),
      isIt: ({ diagnosis, where }) =>
        diagnosis === 'broken-overlay' && where !== null && isSame([where.from, where.to], couple),
    };
  });
}

function isSame(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((each) => b.includes(each));
}
