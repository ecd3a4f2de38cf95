/** Matrix reports as a run would make them: made up, for renderers. */
import type { MatrixCell, MatrixReport } from '../../src/model/matrix.ts';
import type { Finding } from '../../src/model/verdict.ts';
import { missesHostNetwork, verdict } from './samples.ts';

const brokenNode = (name: string): Finding => ({
  ...missesHostNetwork,
  diagnosis: 'broken-node-overlay',
  class: 'cross-node-overlay',
  title: `Node ${name} does not reach the pods of other nodes, nor they its pods`,
  object: { kind: 'Node', namespace: null, name },
  where: { from: name, to: 'all other nodes' },
  timer: null,
  evidence: [
    { label: 'Where', says: `10 of 10 node pairs to and from ${name} are silent`, samples: [] },
    { label: 'But', says: 'its host network answers in 0.4 ms', samples: [] },
  ],
  fix: { says: `look at the overlay interface of ${name}: ip -s link show`, manifest: null },
});

/** Node 1 is broken, 2 → 3 loses datagrams, 3 → 2 is slow, 4 → 2 could not be measured; all else differs a little, by a rule. */
function cell(from: number, to: number): MatrixCell {
  const base = 0.3 + ((from * 7 + to * 3) % 5) * 0.05;
  const times = (ms: number) => ({ p50Ms: ms, p90Ms: ms * 1.4, p99Ms: ms * 2.2 });
  const well: MatrixCell = {
    from: `worker-${from}`,
    to: `worker-${to}`,
    network: 'pod',
    attempts: 10,
    connect: times(base),
    roundTrip: times(base * 0.9),
    lost: { share: 0, interval: [0, 0.278] },
    mtuBytes: 1450,
    state: 'good',
  };
  const silent = { connect: null, roundTrip: null, mtuBytes: null };
  if (from === 1 || to === 1) return { ...well, ...silent, lost: { share: 1, interval: [0.72, 1] }, state: 'broken' };
  if (from === 2 && to === 3) return { ...well, lost: { share: 0.3, interval: [0.11, 0.6] }, state: 'lossy' };
  if (from === 3 && to === 2) return { ...well, connect: times(8.2), roundTrip: times(7.9), state: 'slow' };
  if (from === 4 && to === 2) return { ...well, ...silent, attempts: 0, state: 'unmeasured' };
  return well;
}

export function matrixReport(nodes = 6, over: Partial<MatrixReport> = {}): MatrixReport {
  const numbers = Array.from({ length: nodes }, (_, index) => index + 1);
  const cells = numbers.flatMap((from) => numbers.filter((to) => to !== from).map((to) => cell(from, to)));
  return {
    schema: 'kprobe/matrix/v1',
    verdict: verdict({
      target: `${nodes} nodes`,
      summary: `node pairs between ${nodes} nodes: all to and from worker-1 are silent`,
      findings: [brokenNode('worker-1')],
      paths: [],
    }),
    protocol: 'tcp',
    sizeBytes: 0,
    nodes: numbers.map((number) => ({ name: `worker-${number}`, zone: number <= nodes / 2 ? 'zone-a' : 'zone-b' })),
    networks: ['pod'],
    design: {
      kind: 'full',
      nodes,
      pairs: cells.length,
      ofPairs: cells.length,
      peersPerNode: nodes - 1,
      finds: { pair: 1, node: 1, zoneCrossing: 1 },
      says: 'Every node asked every other: one bad pair, one bad node and one bad zone crossing would all show.',
    },
    cells,
    dns: numbers.map((number) => ({
      node: `worker-${number}`,
      server: '10.96.0.10',
      name: 'Service kube-system/kube-dns',
      attempts: 4,
      roundTrip: number === 1 ? null : { p50Ms: 0.8, p90Ms: 1.1, p99Ms: 2 },
      lost: { share: number === 1 ? 1 : 0, interval: number === 1 ? [0.51, 1] : [0, 0.49] },
      state: number === 1 ? 'broken' : 'good',
    })),
    ...over,
  };
}
