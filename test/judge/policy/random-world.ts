/** Random clusters full of nasty policies, and flows through them, in the form that the oracle reads. Same seed, same world. */
import type { NetworkPolicy } from '../../../src/model/cluster.ts';

export interface Endpoint {
  readonly ip: string;
  readonly namespace?: string;
  readonly labels?: Record<string, string>;
  readonly ports?: Record<string, Port>;
  readonly hostNetwork?: boolean;
  readonly phase?: string;
  readonly node?: string;
}

interface Port {
  readonly port: number;
  readonly protocol: 'TCP' | 'UDP' | 'SCTP';
}

export interface Flow extends Port {
  readonly from: Endpoint;
  readonly to: Endpoint;
}

export interface World {
  readonly policies: readonly { metadata: { namespace: string; name: string }; spec: NetworkPolicy['spec'] }[];
  readonly namespaces: Record<string, { labels: Record<string, string> }>;
  readonly flows: readonly Flow[];
}

export type Random = () => number;

const NAMESPACES = ['shop', 'bank', 'ingress-nginx', 'default'];
const KEYS = ['app', 'tier', 'env'];
const VALUES = ['web', 'db', ''];
const NODES = ['n1', 'n2', 'n3'];
const PORTS = [53, 80, 443, 8080, 9000];
const PORT_NAMES = ['http', 'metrics'];
const PROTOCOLS = ['TCP', 'TCP', 'TCP', 'TCP', 'UDP', 'SCTP'] as const;
const V4_BLOCKS = [
  '0.0.0.0/0',
  '10.244.0.0/16',
  '10.244.1.0/24',
  '10.0.0.0/8',
  '10.0.0.1/32',
  '10.244.2.0/32',
  '192.0.2.0/24',
];
const V6_BLOCKS = ['::/0', 'fd00:244::/32', 'fd00:244:0:1::/64', '2001:db8::/32', 'fd00::1/128'];

export function randomWorld(random: Random, flowCount: number): World {
  const dice = new Dice(random);
  const namespaces = Object.fromEntries(NAMESPACES.map((name) => [name, { labels: dice.labels() }]));
  const endpoints = [...randomPods(dice), ...nodes(), ...outsiders()];
  const policies = Array.from({ length: 1 + dice.below(9) }, (_, index) => ({
    metadata: { namespace: dice.of(NAMESPACES), name: `p${index}` },
    spec: randomSpec(dice),
  }));
  const flows = Array.from({ length: flowCount }, () => {
    const from = dice.of(endpoints);
    const family = endpoints.filter((each) => isV6(each) === isV6(from));
    const to = dice.of(family);
    const named = Object.values(to.ports ?? {});
    const aim =
      named.length > 0 && dice.chance(0.4) ? dice.of(named) : { port: dice.of(PORTS), protocol: dice.of(PROTOCOLS) };
    return { from, to, ...aim };
  });
  return { policies, namespaces, flows };
}

class Dice {
  readonly random: Random;
  constructor(random: Random) {
    this.random = random;
  }
  below(limit: number): number {
    return Math.floor(this.random() * limit);
  }
  chance(share: number): boolean {
    return this.random() < share;
  }
  of<T>(list: readonly T[]): T {
    return list[this.below(list.length)]!;
  }
  labels(): Record<string, string> {
    return Object.fromEntries(KEYS.filter(() => this.chance(0.5)).map((key) => [key, this.of(VALUES)]));
  }
  few<T>(most: number, make: () => T): T[] {
    return Array.from({ length: this.below(most + 1) }, make);
  }
}

function isV6({ ip }: Endpoint): boolean {
  return ip.includes(':');
}

function randomPods(dice: Dice): Endpoint[] {
  return Array.from({ length: 14 }, (_, index) => {
    const node = 1 + dice.below(3);
    const hostNetwork = dice.chance(0.15);
    const v6 = dice.chance(0.25);
    const address = hostNetwork ? nodeAddress(node, v6) : podAddress(node, index, v6);
    return {
      namespace: dice.of(NAMESPACES),
      labels: dice.labels(),
      ip: address,
      ports: randomPorts(dice),
      ...(hostNetwork ? { hostNetwork } : {}),
      ...(dice.chance(0.1) ? { phase: dice.of(['Succeeded', 'Failed']) } : {}),
      ...(hostNetwork || dice.chance(0.9) ? { node: `n${node}` } : {}),
    };
  });
}

function podAddress(node: number, index: number, v6: boolean): string {
  return v6 ? `fd00:244:0:${node}::${index + 10}` : `10.244.${node}.${index + 10}`;
}

function nodeAddress(node: number, v6: boolean): string {
  return v6 ? `fd00::${node}` : `10.0.0.${node}`;
}

function randomPorts(dice: Dice): Record<string, Port> {
  const names = PORT_NAMES.filter(() => dice.chance(0.7));
  return Object.fromEntries(names.map((name) => [name, { port: dice.of(PORTS), protocol: dice.of(PROTOCOLS) }]));
}

/** Each node by its own address and by that of its overlay device. */
function nodes(): Endpoint[] {
  return NODES.flatMap((node, index) => [
    { ip: nodeAddress(index + 1, false), node },
    { ip: `10.244.${index + 1}.0`, node },
    { ip: nodeAddress(index + 1, true), node },
  ]);
}

function outsiders(): Endpoint[] {
  return ['192.0.2.7', '203.0.113.9', '169.254.169.254', '2001:db8::7'].map((ip) => ({ ip }));
}

function randomSpec(dice: Dice): NetworkPolicy['spec'] {
  const types = dice.of([undefined, [], ['Ingress'], ['Egress'], ['Ingress', 'Egress'], ['Ingress', 'Egress']]);
  const ingress = dice.chance(0.85)
    ? dice.few(3, () => ({ ...listed('from', peers(dice)), ...ports(dice) }))
    : undefined;
  const egress = dice.chance(0.7) ? dice.few(3, () => ({ ...listed('to', peers(dice)), ...ports(dice) })) : undefined;
  return {
    podSelector: dice.chance(0.4) ? {} : selector(dice),
    ...(types === undefined ? {} : { policyTypes: types }),
    ...(ingress === undefined ? {} : { ingress }),
    ...(egress === undefined ? {} : { egress }),
  };
}

function listed<K extends string, T>(key: K, list: T[] | null | undefined): { [P in K]?: T[] | null } {
  return (list === undefined ? {} : { [key]: list }) as { [P in K]?: T[] | null };
}

type Rule = NonNullable<NonNullable<NetworkPolicy['spec']['ingress']>[number]>;

function peers(dice: Dice): Rule['from'] {
  if (dice.chance(0.15)) return dice.of([undefined, [], null]);
  return Array.from({ length: 1 + dice.below(2) }, () => {
    const form = dice.below(10);
    if (form === 0) return {};
    if (form <= 3) return { ipBlock: block(dice) };
    if (form <= 5) return { podSelector: selector(dice) };
    if (form <= 7) return { namespaceSelector: selector(dice) };
    return { namespaceSelector: selector(dice), podSelector: selector(dice) };
  });
}

/** The exceptions of a block, each strictly inside it as the API server demands. */
function block(dice: Dice): { cidr: string; except?: string[] } {
  const list = dice.chance(0.7) ? V4_BLOCKS : V6_BLOCKS;
  const cidr = dice.of(list);
  const isWhole = cidr.endsWith('/0');
  if (!isWhole || dice.chance(0.4)) return cidr === '10.244.0.0/16' ? { cidr, except: ['10.244.2.0/24'] } : { cidr };
  return { cidr, except: list.filter((each) => !each.endsWith('/0') && dice.chance(0.3)) };
}

function selector(dice: Dice): NonNullable<Rule['from']>[number]['podSelector'] & object {
  if (dice.chance(0.2)) return {};
  const name = dice.chance(0.2) ? { 'kubernetes.io/metadata.name': dice.of(NAMESPACES) } : {};
  const matchLabels = { ...name, ...(dice.chance(0.6) ? { [dice.of(KEYS)]: dice.of(VALUES) } : {}) };
  const matchExpressions = dice.few(1, () => {
    const operator = dice.of(['In', 'NotIn', 'Exists', 'DoesNotExist']);
    const values = operator.endsWith('In') ? { values: [dice.of(VALUES), dice.of(VALUES)] } : {};
    return { key: dice.of(KEYS), operator, ...values };
  });
  return { matchLabels, matchExpressions };
}

function ports(dice: Dice): Pick<Rule, 'ports'> {
  if (dice.chance(0.45)) return dice.chance(0.5) ? {} : { ports: dice.of([[], null]) };
  return {
    ports: Array.from({ length: 1 + dice.below(2) }, () => {
      const protocol = dice.chance(0.5) ? { protocol: dice.of(PROTOCOLS) } : {};
      const form = dice.below(7);
      if (form === 0) return protocol;
      if (form <= 2) return { ...protocol, port: dice.of(PORT_NAMES) };
      if (form === 3) return { ...protocol, port: 80, endPort: dice.of([80, 443, 8080, 9000]) };
      return { ...protocol, port: dice.of(PORTS) };
    }),
  };
}
