import { expect, test } from 'vitest';
import type { Sample } from '../../../probes/wire.ts';
import { halfOpen, policy, sample } from '../make.ts';
import { answered, cut, joins, matrix, meshNodes, meshRun, touches } from './mesh-world.ts';
import type { MeshBreak, MeshWorld } from './mesh-world.ts';

const brief = (world: MeshWorld) =>
  matrix(world).verdict.findings.map(({ diagnosis, certainty, where, object }) => [
    diagnosis,
    certainty,
    where === null ? null : `${where.from} > ${where.to}`,
    object?.name ?? null,
  ]);

const isTwoZones = (from: string, to: string) => from[1] !== to[1];
const slow =
  (isSlow: (from: string, to: string) => boolean, ms = 40): MeshBreak =>
  (nodePair) =>
    isSlow(nodePair.from.node ?? '', nodePair.to.node ?? '') && nodePair.path.userFacing
      ? answered(ms)(nodePair)
      : null;
const onceLost: MeshBreak = (nodePair) =>
  nodePair.path.userFacing && nodePair.from.id === 'control@n11' && nodePair.to.id === 'control@n12'
    ? late(answered(0.6)(nodePair), 1)
    : null;
const lost = (retransmissions: number) =>
  sample({
    connectMs: 1018,
    firstByteMs: 0.3,
    synRetransmissions: retransmissions,
    counters: { 'TcpExt.TCPSynRetrans': retransmissions },
  });

/** The last ones need a second SYN: the first fall into the making of a pod. */
function late(samples: readonly Sample[], count: number): Sample[] {
  return [...samples.slice(count), ...Array.from({ length: count }, () => lost(1))];
}

test.for<[string, MeshWorld]>([
  ['six nodes', {}],
  ['one network', { networks: ['pod'] }],
  ['two nodes', { zones: [2] }],
  ['a part of a large mesh', { zones: [60], peers: 8, networks: ['pod'] }],
  ['zones that are far from each other', { zones: [3, 3], breaks: [slow(isTwoZones)] }],
  ['three zones of one node, all at different distances', { zones: [1, 1, 1], breaks: [slow(touches('n11'))] }],
  [
    'a jumbo packet that does not pass',
    { breaks: [(nodePair) => (nodePair.path.id.endsWith('mtu 8900') ? [] : null)] },
  ],
  ['one SYN lost of many thousand', { zones: [40], networks: ['pod'], breaks: [onceLost] }],
])('healthy: %s', ([, world]) => {
  const { verdict } = matrix(world);
  expect([verdict.status, verdict.findings.map(({ title }) => title)]).toEqual(['healthy', []]);
});

test.for<[string, MeshWorld, (string | null)[][]]>([
  [
    'one node of six',
    { breaks: [cut('pod', touches('n13'))] },
    [['broken-node-overlay', 'proven', 'n13 > all other nodes', 'n13']],
  ],
  [
    'one node of six, without the network under it',
    { networks: ['pod'], breaks: [cut('pod', touches('n13'))] },
    [['broken-node-overlay', 'likely', 'n13 > all other nodes', 'n13']],
  ],
  [
    'one node of six, the node itself: said once, of the network under the pods',
    { breaks: [cut(null, touches('n13'))] },
    [['broken-node-overlay', 'proven', 'n13 > all other nodes', 'n13']],
  ],
  [
    'the column of one node',
    { breaks: [cut('pod', (_, to) => to === 'n13')] },
    [['broken-node-overlay', 'proven', 'all other nodes > n13', 'n13']],
  ],
  [
    'the row of one node',
    { breaks: [cut('pod', (from) => from === 'n13')] },
    [['broken-node-overlay', 'proven', 'n13 > all other nodes', 'n13']],
  ],
  [
    'two nodes of six',
    { breaks: [cut('pod', touches('n13')), cut('pod', touches('n15'))] },
    [
      ['broken-node-overlay', 'proven', 'n13 > all other nodes', 'n13'],
      ['broken-node-overlay', 'proven', 'n15 > all other nodes', 'n15'],
    ],
  ],
  ['one pair', { breaks: [cut('pod', joins('n12', 'n15'))] }, [['broken-node-pair', 'proven', 'n12 > n15', null]]],
  [
    'one direction',
    { breaks: [cut('pod', (from, to) => from === 'n15' && to === 'n12')] },
    [['broken-node-pair', 'proven', 'n15 > n12', null]],
  ],
  [
    'one pair of nodes, over their own network as well: said once',
    { breaks: [cut(null, joins('n12', 'n15'))] },
    [['broken-node-pair', 'proven', 'n12 > n15', null]],
  ],
  ['everything', { breaks: [cut('pod', () => true)] }, [['broken-overlay', 'proven', null, null]]],
  [
    'everything, of nodes only',
    { networks: ['host'], breaks: [cut('host', () => true)] },
    [['broken-overlay', 'proven', null, null]],
  ],
  [
    'a crossing of two zones',
    { zones: [3, 3, 3], breaks: [cut('pod', (a, b) => `${a[1]}${b[1]}` === '13' || `${a[1]}${b[1]}` === '31')] },
    [['broken-overlay', 'proven', 'zone-1 > zone-3', null]],
  ],
  [
    'a crossing in one direction',
    { zones: [3, 3], breaks: [cut('pod', (a, b) => `${a[1]}${b[1]}` === '21')] },
    [['broken-overlay', 'proven', 'zone-2 > zone-1', null]],
  ],
  [
    'the only node of a zone is a node, not a crossing',
    { zones: [1, 4], breaks: [cut('pod', touches('n11'))] },
    [['broken-node-overlay', 'proven', 'n11 > all other nodes', 'n11']],
  ],
  [
    'a node in a part of a large mesh',
    { zones: [60], peers: 8, networks: ['pod'], breaks: [cut('pod', touches('n130'))] },
    [['broken-node-overlay', 'likely', 'n130 > all other nodes', 'n130']],
  ],
  ['a slow node', { breaks: [slow(touches('n14'))] }, [['slow-node-path', 'likely', 'n14 > all other nodes', 'n14']]],
  [
    'a slow node of three',
    { zones: [3], networks: ['pod'], breaks: [slow(touches('n12'))] },
    [['slow-node-path', 'likely', 'n12 > all other nodes', 'n12']],
  ],
  [
    'a slow node pair',
    { networks: ['pod'], breaks: [slow((from, to) => from === 'n11' && to === 'n12')] },
    [['slow-node-path', 'likely', 'n11 > n12', null]],
  ],
  [
    'a lossy node pair',
    {
      networks: ['pod'],
      breaks: [
        (nodePair) =>
          nodePair.path.userFacing && joins('n11', 'n12')(nodePair.from.node ?? '', nodePair.to.node ?? '')
            ? late(answered(0.6)(nodePair), 2)
            : null,
      ],
    },
    [['lost-syn', 'proven', 'n11 > n12', null]],
  ],
  [
    'a node that loses SYNs both ways',
    {
      networks: ['pod'],
      breaks: [
        (nodePair) =>
          nodePair.path.userFacing && touches('n13')(nodePair.from.node ?? '', nodePair.to.node ?? '')
            ? late(answered(0.6)(nodePair), 1)
            : null,
      ],
    },
    [['lost-syn', 'proven', 'n13 > all nodes', 'n13']],
  ],
])('faulty: %s', ([, world, findings]) => {
  expect(brief(world)).toEqual(findings);
  expect(matrix(world).verdict.status).toBe('faulty');
});

test.for(['udp', 'http'] as const)('one node of six, over %s', (protocol) => {
  expect(brief({ protocol, breaks: [cut('pod', touches('n13'))] })).toEqual([
    ['broken-node-overlay', 'proven', 'n13 > all other nodes', 'n13'],
  ]);
});

test('whose packets still arrive tells whether a node is cut inwards or outwards', () => {
  const breaks = [cut('pod', touches('n13'))];
  const over = { halfOpen: [halfOpen('control@n11', '10.244.13.99'), halfOpen('control@n12', '10.244.13.99')] };
  expect(brief({ breaks, over })).toEqual([['broken-node-overlay', 'proven', 'all other nodes > n13', 'n13']]);
});

test('the finding accounts for all that was felt', () => {
  expect(matrix({ breaks: [cut('pod', touches('n13'))] }).verdict.findings[0]?.explains).toBe(1);
});

test('a policy over kprobe itself is no broken network', () => {
  const { recording, report } = meshRun({ networks: ['pod'], breaks: [cut('pod', () => true)] });
  const denied = policy({ namespace: 'kprobe', name: 'default-deny' });
  Object.assign(recording.cluster, { networkPolicies: [denied] });
  const { verdict } = report();
  expect([verdict.status, verdict.findings]).toEqual(['inconclusive', []]);
  expect(verdict.notMeasured[0]).toMatchObject({
    what: '30 node pairs',
    because: expect.stringContaining("kprobe/default-deny denies kprobe's own probe pods"),
  });
});

test('nodes whose probes never started are cells without a measurement, not broken ones', () => {
  const { recording, report } = meshRun({ networks: ['pod'] });
  const mute = 'control@n13';
  Object.assign(recording, {
    samples: recording.samples.filter(({ path }) => !path.includes(mute)),
    hellos: recording.hellos.filter(({ agent }) => agent !== mute),
    limitations: [
      {
        what: `agent ${mute}`,
        because: 'Unschedulable: 0/6 nodes are available',
        subject: { kind: 'agent', agent: mute },
      },
    ],
  });
  const { verdict, cells } = report();
  expect(verdict).toMatchObject({ status: 'inconclusive', findings: [] });
  expect(cells.filter(({ state }) => state === 'unmeasured')).toHaveLength(10);
  expect(verdict.notMeasured).toEqual([
    { what: '10 of 30 node pairs', because: 'nothing was told of them' },
    { what: `agent ${mute}`, because: 'Unschedulable: 0/6 nodes are available' },
  ]);
});

test('a matrix of which most is missing is not called healthy', () => {
  const { recording, report } = meshRun({ networks: ['pod'] });
  Object.assign(recording, { samples: recording.samples.filter(({ path }) => path.startsWith('control@n11')) });
  const { verdict } = report();
  expect([verdict.status, verdict.notMeasured[0]?.what]).toEqual(['inconclusive', '25 of 30 node pairs']);
});

test('one node alone is inconclusive, and says why', () => {
  const { verdict, cells, design } = matrix({ zones: [1] });
  expect([verdict.status, cells, design.pairs]).toEqual(['inconclusive', [], 0]);
  expect(verdict.notMeasured).toContainEqual({ what: 'node pairs', because: 'there is one node only' });
});

test('the nodes of a world are what their names say', () => {
  expect(meshNodes([2, 1]).map(({ name, zone }) => `${name} ${zone}`)).toEqual([
    'n11 zone-1',
    'n12 zone-1',
    'n21 zone-2',
  ]);
});
