/** What goes wrong with the pods, the Service and the ingress in front of them. */
import type { Fault } from '../../src/lab/scenario/fault.ts';
import { EVERY_FORM, type Break } from './break.ts';
import { strandedSlice } from './objects.ts';
import { sourceNodes, type World } from './world.ts';

const target = ({ namespace, app }: World) => ({ namespace, labels: { app } });
const controllers = { namespace: 'ingress-nginx', labels: { 'app.kubernetes.io/component': 'controller' } };
/** The node's number in the lab's address plan, and an address there that no pod gets. */
const unused = ({ nodes }: World, node: string, host: number): string => `10.244.${nodes.indexOf(node) + 1}.${host}`;

export const workloadBreaks: readonly Break[] = [
  {
    name: 'lost SYNs',
    part: 'workload',
    forms: EVERY_FORM,
    accepts: ['lost-syn'],
    because: 'a share of SYNs is lost at random, to all pods or to those of one node',
    draw: (dice, world) => {
      const on = dice.isOneIn(3) ? dice.pick(world.backends) : undefined;
      return { faults: [{ kind: 'drop-syn', to: target(world), share: dice.share(0.2, 0.7), ...(on && { on }) }] };
    },
  },
  {
    name: 'lost first SYNs',
    part: 'workload',
    forms: EVERY_FORM,
    accepts: ['lost-syn'],
    because: 'each connection loses its first SYNs and then works',
    draw: (dice, world) => ({ faults: [{ kind: 'drop-first-syns', to: target(world), count: dice.int(1, 2) }] }),
  },
  {
    name: 'lost segments',
    part: 'workload',
    forms: EVERY_FORM,
    accepts: ['lost-segments'],
    because: 'connects work, data is sent again',
    draw: (dice, world) => {
      const direction = dice.pick(['requests', 'answers']);
      return { faults: [{ kind: 'drop-segments', to: target(world), share: dice.share(0.35, 0.75), direction }] };
    },
  },
  {
    name: 'rejected port',
    part: 'workload',
    forms: EVERY_FORM,
    accepts: ['rate-limited-reject', 'refused-connection'],
    because: 'ICMP rejects that the kernel limits show as a mode of 1 s; where none was held back they are refusals',
    draw: (dice, world) => {
      const by = dice.pick(['port-unreachable', 'admin-prohibited']);
      return { faults: [{ kind: 'reject', to: { ...target(world), port: world.containerPort }, by }] };
    },
  },
  {
    name: 'dead pods',
    part: 'workload',
    forms: EVERY_FORM,
    accepts: ['dead-endpoint'],
    because: 'the address is an endpoint and nobody answers at it, in any port',
    draw: (dice, world) => {
      const replicas = dice.int(1, world.backends.length);
      return { faults: [{ kind: 'blackhole', to: target(world), replicas }] };
    },
  },
  {
    name: 'ended processes',
    part: 'workload',
    forms: EVERY_FORM,
    accepts: ['dead-endpoint', 'refused-connection'],
    because: 'who has no process refuses; one of several is a dead endpoint, all are a refusing Service',
    draw: (dice, world) => {
      const replicas = dice.int(1, world.backends.length);
      return { faults: [{ kind: 'kill-process', to: target(world), replicas }] };
    },
  },
  {
    name: 'endpoint of nobody',
    part: 'service',
    forms: EVERY_FORM,
    accepts: ['dead-endpoint'],
    because: 'an EndpointSlice made by hand lists an address that no pod has',
    draw: (dice, world) => {
      const node = dice.pick(world.nodes) ?? '';
      return {
        mistakes: { beside: [strandedSlice(world, unused(world, node, dice.int(200, 250)))] },
        names: [world.app],
      };
    },
  },
  {
    name: 'mistyped selector',
    part: 'service',
    forms: EVERY_FORM,
    accepts: ['empty-service'],
    because: 'the Service has no endpoint',
    draw: (dice, world) => ({
      mistakes: { selects: `${world.app}${dice.pick(['s', '-v2', 'x'])}` },
      names: [world.app],
    }),
  },
  {
    name: 'wrong target port',
    part: 'service',
    forms: EVERY_FORM,
    accepts: ['wrong-backend-port', 'refused-connection'],
    because: 'the Service sends to a port that refuses, beside the one that its pods declare',
    draw: (dice, world) => ({ mistakes: { targetPort: world.containerPort + dice.int(1, 99) } }),
  },
  {
    name: 'internal traffic stays local',
    part: 'service',
    forms: ['from'],
    accepts: ['local-traffic-policy'],
    because: "internalTrafficPolicy: Local, and the client's node has no pod",
    draw: (_, world) =>
      world.backends.includes(world.clientNode) ? null : { mistakes: { internalTrafficPolicy: 'Local' } },
  },
  {
    name: 'slow program',
    part: 'workload',
    forms: EVERY_FORM,
    accepts: ['slow-application'],
    because: 'connects are fast, the first byte is late at every pod',
    draw: (dice, { containerPort }) => {
      const ms = dice.int(400, 2500);
      const source = `require("http").createServer((_, answer) => setTimeout(() => answer.end("ok"), ${ms})).listen(${containerPort})`;
      return { mistakes: { program: { source, readiness: { tcpSocket: { port: 'http' }, periodSeconds: 1 } } } };
    },
  },
  {
    name: 'nobody accepts',
    part: 'workload',
    forms: EVERY_FORM,
    accepts: ['full-accept-queue'],
    because: 'the program listens with a short queue and never accepts',
    draw: (dice, { containerPort }) => {
      const listen = `{port: ${containerPort}, backlog: ${dice.int(1, 4)}}`;
      const source = `require("net").createServer().listen(${listen}, () => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0))`;
      return { mistakes: { program: { source, readiness: undefined } } };
    },
  },
  {
    name: 'starved node',
    part: 'node',
    forms: ['svc'],
    accepts: ['starved-node'],
    because: "a node's processes share one CPU with others that never rest; answers that have to be computed are late",
    draw: (dice, { backends, containerPort }) => {
      const node = dice.pick(backends) ?? '';
      const compute = 'let sum = 0; for (let at = 0; at < 2e7; at += 1) sum += at % 7;';
      const source = `require("http").createServer((_, answer) => { ${compute} answer.end(String(sum)); }).listen(${containerPort})`;
      const readiness = { httpGet: { path: '/', port: 'http' }, periodSeconds: 1, timeoutSeconds: 10 };
      if (backends.length < 2) return null;
      return {
        faults: [{ kind: 'starve-node', node, processes: dice.int(8, 16) }],
        mistakes: { program: { source, readiness } },
        names: [node],
      };
    },
  },
  {
    name: 'no way to itself',
    part: 'workload',
    forms: ['from'],
    accepts: ['broken-hairpin'],
    because: 'what a pod sends to its own Service does not come back to it',
    draw: (_, world) => ({ faults: [{ kind: 'drop-hairpin', to: target(world) }], world: { isSelf: true } }),
  },
  {
    name: 'large hello',
    part: 'ingress',
    forms: ['host'],
    accepts: ['dropped-large-hello'],
    because: 'a ClientHello of one segment passes, one of two does not',
    draw: () => ({
      faults: [{ kind: 'drop-large-hello', to: { namespace: 'ingress-nginx', labels: {}, port: 443 } }],
      mistakes: { isTls: true },
    }),
  },
  {
    name: 'forgotten host',
    part: 'ingress',
    forms: ['host'],
    accepts: ['bad-ingress-node'],
    because: 'one of the entries has not loaded the route and answers 404',
    draw: (dice, world) => {
      const on = dice.pick(world.nodes) ?? '';
      if (world.ingress !== 'host') return null;
      return { faults: [{ kind: 'forget-hosts', to: controllers, on, hosts: [world.host] }], names: [on] };
    },
  },
  {
    name: 'entry out of reach',
    part: 'ingress',
    forms: ['host'],
    accepts: ['bad-ingress-node'],
    because: 'one of the entries drops what comes from outside',
    draw: (dice, world) => {
      const node = dice.pick(world.nodes) ?? '';
      return world.ingress !== 'host' ? null : { faults: [{ kind: 'drop-outside', node, port: 80 }], names: [node] };
    },
  },
  {
    name: 'proxy with an old endpoint',
    part: 'ingress',
    forms: ['host'],
    accepts: ['stale-ingress-endpoints'],
    because: 'a proxy dials what neither Service nor slices list',
    draw: (dice, world) => {
      if (world.ingress !== 'host') return null;
      const on = dice.pick(sourceNodes(world));
      // A node knows at once which of its own addresses no pod has, and a proxy then tries the next: nobody would notice.
      const other = dice.pick(world.nodes.filter((node) => node !== on));
      if (other === undefined) return null;
      const fault: Fault = {
        kind: 'keep-upstream',
        to: controllers,
        service: { namespace: world.namespace, name: world.app },
        address: unused(world, other, dice.int(200, 250)),
        on,
      };
      return { faults: [fault] };
    },
  },
  {
    name: 'port that the Service lacks',
    part: 'ingress',
    forms: ['host'],
    accepts: ['wrong-backend-port'],
    because: 'the Ingress names a port that the Service does not have',
    draw: (dice, world) => ({ mistakes: { ingressPort: world.servicePort + dice.int(1, 99) }, names: [world.app] }),
  },
  {
    name: 'no controller',
    part: 'ingress',
    forms: ['host'],
    accepts: ['missing-ingress-controller'],
    because: 'nobody serves the class of the Ingress',
    draw: () => ({ world: { ingress: 'none' } }),
  },
];
