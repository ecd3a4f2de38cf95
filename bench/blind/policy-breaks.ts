/** Mistakes in policies, and policies that a node has not heard of. */
import type { Break, Broken } from './break.ts';
import { policy } from './objects.ts';
import { crossings, type World } from './world.ts';

const inNamespace = (name: string) => ({ namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': name } } });
const http = [{ protocol: 'TCP', port: 'http' }];
const dns = (...protocols: string[]) => ({
  to: [{ ...inNamespace('kube-system'), podSelector: { matchLabels: { 'k8s-app': 'kube-dns' } } }],
  ports: protocols.map((protocol) => ({ protocol, port: 53 })),
});

/** Admits the client as it should be, to the port that the pods listen on. */
export function admitsClient({ namespace, app, clientNamespace, client }: World) {
  const from = [{ ...inNamespace(clientNamespace), podSelector: { matchLabels: { app: client } } }];
  return policy(namespace, 'callers', toTarget(app, [{ from, ports: http }]));
}

function toTarget(app: string, ingress: readonly unknown[]) {
  return { podSelector: { matchLabels: { app } }, policyTypes: ['Ingress'], ingress };
}

function fromClient({ clientNamespace, client }: World, egress: readonly unknown[]): Broken {
  const spec = { podSelector: { matchLabels: { app: client } }, policyTypes: ['Egress'], egress };
  return { mistakes: { beside: [policy(clientNamespace, 'outbound', spec)] } };
}

const reachTarget = ({ namespace, app, containerPort }: World) => ({
  to: [{ ...inNamespace(namespace), podSelector: { matchLabels: { app } } }],
  ports: [{ protocol: 'TCP', port: containerPort }],
});

export const policyBreaks: readonly Break[] = [
  {
    name: 'hostNetwork ingress not matched',
    part: 'policy',
    forms: ['host'],
    accepts: ['policy-misses-hostnetwork'],
    because: 'the policy admits the namespace of an ingress that runs on the host network',
    draw: (_, world) => {
      if (crossings(world).length === 0) return null;
      const from = [{ namespaceSelector: { matchLabels: { 'app.kubernetes.io/name': 'ingress-nginx' } } }];
      return {
        world: { ingress: 'host', profile: world.profile === 'k3s' ? 'calico' : world.profile },
        mistakes: { beside: [policy(world.namespace, 'from-edge', toTarget(world.app, [{ from }]))] },
        names: ['from-edge'],
      };
    },
  },
  {
    name: 'client not admitted',
    part: 'policy',
    forms: ['from'],
    accepts: ['policy-denies-ingress'],
    because: 'the rule admits another namespace, its own namespace only, or another port',
    draw: (dice, world) => {
      const rule = dice.pick([
        { from: [inNamespace('kube-system')], ports: http },
        { from: [{ podSelector: {} }], ports: http },
        { from: [inNamespace(world.clientNamespace)], ports: [{ protocol: 'TCP', port: world.containerPort + 1 }] },
      ]);
      return {
        mistakes: { beside: [policy(world.namespace, 'callers', toTarget(world.app, [rule]))] },
        names: ['callers'],
      };
    },
  },
  {
    name: 'mistyped peer',
    part: 'policy',
    forms: ['from'],
    accepts: ['policy-selects-nothing', 'policy-denies-ingress'],
    because: 'the rule names a label that no pod has; that it denies the client is as true',
    draw: (_, world) => {
      const from = [
        { ...inNamespace(world.clientNamespace), podSelector: { matchLabels: { app: `${world.client}s` } } },
      ];
      return {
        mistakes: { beside: [policy(world.namespace, 'callers', toTarget(world.app, [{ from, ports: http }]))] },
        names: ['callers'],
      };
    },
  },
  {
    name: 'egress not admitted',
    part: 'policy',
    forms: ['from'],
    accepts: ['policy-denies-egress'],
    because: "the client's policy admits DNS and another port or namespace, not the target",
    draw: (dice, world) => {
      const other = dice.pick([
        { to: [inNamespace('kube-system')], ports: [{ protocol: 'TCP', port: world.containerPort }] },
        { ...reachTarget(world), ports: [{ protocol: 'TCP', port: world.containerPort + 1 }] },
      ]);
      return { ...fromClient(world, [dns('UDP', 'TCP'), other]), names: ['outbound'] };
    },
  },
  {
    name: 'egress without DNS',
    part: 'policy',
    forms: ['from'],
    accepts: ['policy-denies-dns'],
    because: "the client's policy admits the target and no name server",
    draw: (_, world) => ({ ...fromClient(world, [reachTarget(world)]), names: ['outbound'] }),
  },
  {
    name: 'egress without DNS by TCP',
    part: 'policy',
    forms: ['from'],
    accepts: ['policy-denies-tcp-dns'],
    because: 'UDP to port 53 is admitted, TCP is not',
    draw: (_, world) => ({ ...fromClient(world, [reachTarget(world), dns('UDP')]), names: ['outbound'] }),
  },
  {
    name: 'policy of nobody',
    part: 'policy',
    forms: ['from'],
    accepts: ['policy-not-enforced'],
    because: 'the policy denies the client, and nothing enforces policies',
    draw: (_, world) => {
      const rule = { from: [inNamespace('kube-system')], ports: http };
      return {
        world: { profile: 'flannel' },
        mistakes: { beside: [policy(world.namespace, 'callers', toTarget(world.app, [rule]))] },
        names: ['callers'],
      };
    },
  },
  {
    name: 'own node kept out',
    part: 'policy',
    forms: ['from'],
    accepts: ['empty-service', 'policy-denies-kubelet'],
    because: 'an engine that keeps the kubelet out leaves no pod ready: the Service is empty, and the policy is why',
    draw: (_, world) => ({
      faults: [{ kind: 'deny-own-node', to: { namespace: world.namespace, labels: { app: world.app } } }],
      mistakes: { beside: [admitsClient(world)] },
    }),
  },
  {
    name: 'node without the policy',
    part: 'policy',
    forms: ['from'],
    accepts: ['stale-node-policy'],
    because: "one node's enforcer does not know the policy that admits the client, others do",
    draw: (dice, world) => {
      const node = dice.pick(world.backends);
      if (node === undefined || world.backends.length < 2) return null;
      const denyAll = policy(world.namespace, 'nobody', { podSelector: {}, policyTypes: ['Ingress'] });
      return {
        faults: [{ kind: 'forget-policy', node, policy: { namespace: world.namespace, name: 'callers' } }],
        mistakes: { beside: [admitsClient(world), denyAll] },
        names: [node],
      };
    },
  },
];
