/** The cluster of a draw before anything in it is broken: names, nodes, placements, and what is asked of kprobe. */
import type { Scenario } from '../../src/lab/scenario/scenario.ts';
import type { Dice } from './dice.ts';

/** How the target is asked for: a host through the ingress, a Service from everywhere, or from one client. */
export type Form = 'host' | 'svc' | 'from';

export interface World {
  readonly form: Form;
  readonly nodes: readonly string[];
  /** Retransmissions of a SYN a second apart before they double; 0 and 4 are the kernels' two schedules. */
  readonly synLinearTimeouts: number;
  readonly profile: Scenario['profile'];
  readonly overlay: Scenario['overlay'];
  readonly ingress: Scenario['ingress'];
  readonly dnsReplicas: number;
  readonly namespace: string;
  readonly app: string;
  readonly clientNamespace: string;
  readonly client: string;
  readonly host: string;
  /** The nodes of the pods of the target, one pod each. */
  readonly backends: readonly string[];
  readonly clientNode: string;
  readonly containerPort: number;
  readonly servicePort: number;
  /** The client is asked by the Service's full name as a URL, not by `svc/`. */
  readonly isByUrl: boolean;
  /** The client is a pod of the target itself, asked from its inside. */
  readonly isSelf: boolean;
}

const PLACES = [
  'atoll',
  'basin',
  'canyon',
  'delta',
  'fjord',
  'glacier',
  'heath',
  'isthmus',
  'lagoon',
  'mesa',
  'tundra',
];
const THINGS = [
  'anvil',
  'bellows',
  'chisel',
  'dynamo',
  'easel',
  'funnel',
  'gasket',
  'hinge',
  'loom',
  'nozzle',
  'pulley',
];
const PEOPLE = ['angler', 'binder', 'cooper', 'drover', 'farrier', 'glazier', 'mason', 'notary', 'ranger', 'tanner'];
const NODES = ['ash', 'birch', 'cedar', 'elm', 'fir', 'larch', 'maple', 'oak', 'pine', 'rowan'];

export function drawWorld(dice: Dice): World {
  const form = dice.pick<Form>(['host', 'svc', 'svc', 'from', 'from']);
  const nodes = dice.some(NODES, dice.int(2, 4)).map((name) => `${name}-${dice.int(1, 99)}`);
  const namespace = dice.pick(PLACES) ?? '';
  return {
    form,
    nodes,
    synLinearTimeouts: dice.pick([0, 4]),
    profile: dice.pick(['calico', 'calico', 'kube-router', 'k3s', 'kube-network-policies']),
    overlay: dice.isOneIn(4) ? 'host-gw' : 'vxlan',
    ingress: form === 'host' ? dice.pick(['host', 'host', 'pod']) : 'none',
    dnsReplicas: dice.int(1, 3),
    namespace,
    app: dice.pick(THINGS) ?? '',
    clientNamespace: dice.pick(PLACES.filter((place) => place !== namespace)) ?? '',
    client: dice.pick(PEOPLE) ?? '',
    host: `${dice.pick(THINGS)}.${dice.pick(PLACES)}.example`,
    backends: dice.some(nodes, dice.int(1, 3)),
    clientNode: dice.pick(nodes) ?? '',
    containerPort: dice.int(3000, 9999),
    servicePort: dice.pick([80, 80, dice.int(1024, 2999)]),
    isByUrl: dice.isOneIn(3),
    isSelf: false,
  };
}

/** Where somebody who is asked about would cross to another node's pod: [from, to]. */
export function crossings({ form, nodes, backends, clientNode }: World): [string, string][] {
  const sources = form === 'from' ? [clientNode] : nodes;
  return sources.flatMap((from) => backends.filter((to) => to !== from).map((to): [string, string] => [from, to]));
}

/** Nodes on which somebody who is asked about starts. */
export function sourceNodes({ form, nodes, clientNode }: World): readonly string[] {
  return form === 'from' ? [clientNode] : nodes;
}

export function question(world: World): string[] {
  const { form, app, namespace, clientNamespace, client, host, servicePort, isByUrl, isSelf } = world;
  if (form === 'host') return [host];
  if (form === 'svc') return [`svc/${app}`, '-n', namespace];
  if (isSelf) return [`svc/${app}`, '-n', namespace, '--from', `${namespace}/${app}`, '--inside'];
  const from = ['--from', `${clientNamespace}/${client}`];
  const port = servicePort === 80 ? '' : `:${servicePort}`;
  return isByUrl
    ? [`http://${app}.${namespace}.svc.cluster.local${port}/`, ...from]
    : [`svc/${app}`, '-n', namespace, ...from];
}
