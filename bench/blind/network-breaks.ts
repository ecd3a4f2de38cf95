/** What goes wrong between nodes and on one of them. */
import { EVERY_FORM, type Break, type Broken } from './break.ts';
import type { Dice } from './dice.ts';
import { crossings, sourceNodes, type World } from './world.ts';

/** With two nodes a broken node, a broken pair and a broken overlay are the same thing. */
const OF_TWO_NODES = ['broken-overlay', 'broken-node-overlay', 'broken-node-pair'];

export const networkBreaks: readonly Break[] = [
  {
    name: 'overlay everywhere',
    part: 'node',
    forms: EVERY_FORM,
    accepts: ['broken-overlay'],
    because: 'no pod reaches another node; with two nodes the node and the pair are the same statement',
    draw: (_, world) =>
      crossings(world).length === 0
        ? null
        : { faults: [{ kind: 'drop-overlay' }], accepts: world.nodes.length === 2 ? OF_TWO_NODES : ['broken-overlay'] },
  },
  {
    name: 'overlay of a node',
    part: 'node',
    forms: EVERY_FORM,
    accepts: ['broken-node-overlay'],
    because: 'all pairs of one node fail and the others work; with two nodes as above',
    draw: (dice, world) => {
      const node = dice.pick(dice.pick(crossings(world)) ?? []);
      if (node === undefined) return null;
      const isTwo = world.nodes.length === 2;
      return { faults: [{ kind: 'drop-overlay', node }], ...(isTwo ? { accepts: OF_TWO_NODES } : { names: [node] }) };
    },
  },
  {
    name: 'overlay of a pair',
    part: 'node',
    forms: EVERY_FORM,
    accepts: ['broken-node-pair'],
    because: 'one pair fails, both ways or one; with two nodes as above',
    draw: (dice, world) => {
      const pair = dice.pick(crossings(world));
      if (pair === undefined) return null;
      const [from, to] = dice.isOneIn(3) ? pair.toReversed() : pair;
      const fault = dice.isOneIn(2) ? { between: pair } : { from: from ?? '', to: to ?? '' };
      const isTwo = world.nodes.length === 2;
      return {
        faults: [{ kind: 'drop-overlay', ...fault }],
        names: pair,
        ...(isTwo ? { accepts: OF_TWO_NODES, names: [] } : {}),
      };
    },
  },
  {
    name: 'large packets',
    part: 'node',
    forms: EVERY_FORM,
    accepts: ['mtu-black-hole', 'mismatched-overlay-mtu'],
    because: 'large packets vanish; at one node it cannot be told from that node carrying less',
    draw: (dice, world) => {
      const pair = dice.pick(crossings(world));
      if (pair === undefined) return null;
      const where = dice.pick([{}, { node: dice.pick(pair) ?? '' }, { between: pair }]);
      return { faults: [{ kind: 'drop-large', largest: dice.int(900, 1420), ...where }] };
    },
  },
  {
    name: 'MTU of a node',
    part: 'node',
    forms: EVERY_FORM,
    accepts: ['mismatched-overlay-mtu', 'mtu-black-hole'],
    because: 'the node itself says that it carries less; what vanishes is a black hole as well',
    draw: (dice, world) => {
      const node = dice.pick(dice.pick(crossings(world)) ?? []);
      return node === undefined ? null : { faults: [{ kind: 'node-mtu', node, mtu: dice.int(1280, 1440) }] };
    },
  },
  {
    name: 'reverse path of a node',
    part: 'node',
    forms: EVERY_FORM,
    accepts: ['filtered-reverse-path'],
    because: 'the filter counts what it drops, on that node alone',
    draw: (dice, world) => {
      const [, node] = dice.pick(crossings(world)) ?? [];
      if (node === undefined || world.overlay !== 'vxlan') return null;
      return { faults: [{ kind: 'other-way-back', node, filter: 1 }], names: [node] };
    },
  },
  {
    name: 'node that passes nothing on',
    part: 'node',
    forms: ['svc'],
    accepts: ['disabled-forwarding'],
    because: 'the node says that forwarding is off, counts what it does not pass on, and its own network works',
    draw: (dice, world) => {
      const [, node] = dice.pick(crossings(world)) ?? [];
      if (node === undefined) return null;
      return { faults: [{ kind: 'no-forwarding', node, family: 'IPv4' }], names: [node] };
    },
  },
  {
    name: 'firewall of a node',
    part: 'node',
    forms: EVERY_FORM,
    accepts: ['node-firewall'],
    because: "one node's pods drop or reject one port from everybody, other ports and nodes do not",
    draw: firewall,
  },
  {
    name: 'few ports to translate to',
    part: 'node',
    forms: ['from'],
    accepts: ['racing-nat'],
    because: "new connections of one node's pods cannot be entered; its table counts them",
    draw: (dice, world) =>
      crossings(world).length === 0
        ? null
        : {
            faults: [{ kind: 'few-nat-ports', node: world.clientNode, ports: dice.int(1, 2) }],
            names: [world.clientNode],
          },
  },
  {
    name: 'untracked bridge',
    part: 'node',
    forms: ['from'],
    accepts: ['bypassed-service-nat'],
    because: "a pod of the client's own node answers by its own address",
    draw: (_, world) =>
      world.backends.includes(world.clientNode)
        ? { faults: [{ kind: 'untracked-bridge', node: world.clientNode }], names: [world.clientNode] }
        : null,
  },
  {
    name: 'unknown Service on a node',
    part: 'service',
    forms: ['svc', 'from'],
    accepts: ['stale-node-rules', 'vanished-cluster-ip'],
    because: 'the address leads nowhere from one node; where no other node asks, from anywhere',
    draw: (dice, world) => {
      const node = dice.pick(sourceNodes(world));
      if (node === undefined) return null;
      const service = { namespace: world.namespace, name: world.app };
      return { faults: [{ kind: 'forget-service', node, service }] };
    },
  },
];

function firewall(dice: Dice, { backends, containerPort }: World): Broken | null {
  const node = dice.pick(backends);
  if (node === undefined || backends.length < 2) return null;
  const verdict = dice.pick(['drop', 'reject']);
  return { faults: [{ kind: 'node-firewall', node, port: containerPort, verdict }], names: [node] };
}
