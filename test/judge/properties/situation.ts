/**
 * Recordings nobody thought of: the real plan for a shop of a few pods and policies, where rules say which attempts end otherwise than
 * well. A situation is plain data, so that a counterexample shrinks to few rules and can be read.
 */
import fc from 'fast-check';
import type { Agent, Path } from '../../../src/model/plan.ts';
import type { Recording } from '../../../src/model/recording.ts';
import { backend, pod, policy, serviceTarget } from '../make.ts';
import {
  allowIngress,
  askedByCheckout,
  checkoutCluster,
  dns,
  nginx,
  run,
  serviceOnly,
  shopTarget,
  type World,
} from '../world.ts';
import { endOtherwise, type Ending } from './endings.ts';

/** Which paths a rule is for. Numbers are taken modulo what there is. */
export type Scope =
  | { readonly kind: 'one-path' | 'from-agent' | 'to-backend' | 'to-dns-server' | 'to-entry'; readonly nth: number }
  | { readonly kind: 'from-node' | 'to-node'; readonly nth: number }
  | { readonly kind: 'between-nodes'; readonly nth: number; readonly other: number }
  | {
      readonly kind:
        | 'across-nodes'
        | 'every-dns'
        | 'every-large'
        | 'every-service'
        | 'every-entry'
        | 'shop-from-neutral';
    };

export interface Rule {
  readonly scope: Scope;
  readonly ending: Ending;
  /** Of each path's attempts: all, every second one, only the first, only the last. */
  readonly attempts: 'all' | 'alternate' | 'first' | 'last';
}

export interface Situation {
  readonly asked: 'ingress' | 'service' | 'checkout';
  /** The worker of each web pod. */
  readonly webs: readonly number[];
  /** Names in POLICIES. */
  readonly policies: readonly PolicyName[];
  readonly hostVantages: boolean;
  readonly rules: readonly Rule[];
  /** Attempts of each path from this one on were never made; null: all were. */
  readonly cutAt: number | null;
}

const WORKERS = [1, 2, 3] as const;

/** Between them they deny or admit by label, by address, not at all, and the client's way out. */
const POLICIES = {
  'allow-ingress': allowIngress,
  'deny-all': policy(),
  'allow-checkout': policy({
    name: 'allow-checkout',
    spec: {
      podSelector: { matchLabels: { app: 'web' } },
      policyTypes: ['Ingress'],
      ingress: [{ from: [{ namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'pay' } } }] }],
    },
  }),
  'allow-nodes': policy({
    name: 'allow-nodes',
    spec: {
      podSelector: {},
      policyTypes: ['Ingress'],
      ingress: [{ from: [{ ipBlock: { cidr: '10.0.0.0/24' } }, { ipBlock: { cidr: '10.244.1.0/24' } }] }],
    },
  }),
  'checkout-egress': policy({
    namespace: 'pay',
    name: 'checkout-egress',
    spec: {
      podSelector: {},
      policyTypes: ['Egress'],
      egress: [{ to: [{ namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'shop' } } }] }],
    },
  }),
} as const;
type PolicyName = keyof typeof POLICIES;

const ending: fc.Arbitrary<Ending> = fc.oneof(
  fc.record({ kind: fc.constantFrom('silent', 'refused', 'rejected', 'unreachable', 'unanswered-aaaa') }),
  fc.record({ kind: fc.constant('slow'), ms: fc.constantFrom(250, 1000, 1300, 2000, 5000, 15_000) }),
  fc.record({ kind: fc.constant('hung'), ms: fc.constant(16_700) }),
  fc.record({ kind: fc.constant('retransmitted'), times: fc.integer({ min: 1, max: 4 }) }),
  // One that tells nothing, one that tells of a silence.
  fc.record({ kind: fc.constant('cut'), waitedMs: fc.constantFrom(300, 6000) }),
  fc.record({ kind: fc.constant('http-status'), status: fc.constantFrom(404, 500, 502, 503, 504) }),
  fc.record({ kind: fc.constant('rcode'), rcode: fc.constantFrom('NXDOMAIN', 'SERVFAIL') }),
);

const nth = fc.nat({ max: 200 });
const few = fc.nat({ max: 2 });
const scope: fc.Arbitrary<Scope> = fc.oneof(
  fc.record({ kind: fc.constantFrom('one-path', 'from-agent', 'to-backend', 'to-dns-server', 'to-entry'), nth }),
  fc.record({ kind: fc.constantFrom('from-node', 'to-node'), nth: few }),
  fc.record({ kind: fc.constant('between-nodes'), nth: few, other: few }),
  fc.record({
    kind: fc.constantFrom(
      'across-nodes',
      'every-dns',
      'every-large',
      'every-service',
      'every-entry',
      'shop-from-neutral',
    ),
  }),
);

const rule: fc.Arbitrary<Rule> = fc.record({
  scope,
  ending,
  attempts: fc.constantFrom('all', 'alternate', 'first', 'last'),
});

export const situation: fc.Arbitrary<Situation> = fc.record({
  asked: fc.constantFrom('ingress', 'service', 'checkout'),
  webs: fc.array(fc.constantFrom(...WORKERS), { minLength: 1, maxLength: 3 }),
  policies: fc.subarray(Object.keys(POLICIES) as PolicyName[]),
  hostVantages: fc.boolean(),
  // Most real faults are one thing; two or three at once are what nobody thinks of.
  rules: fc.array(rule, { maxLength: 3 }),
  cutAt: fc.option(fc.integer({ min: 0, max: 3 }), { freq: 10 }),
});

export function recordingOf(situated: Situation): Recording {
  const whole = run(worldOf(situated));
  const kept = whole.samples.filter(({ attempt }) => situated.cutAt === null || attempt < situated.cutAt);
  const { paths, agents } = whole.plan;
  const from = new Map(agents.map((agent) => [agent.id, agent]));
  const ruled = situated.rules.map((each) => ({ ...each, isIn: reach(each.scope, paths, agents) }));
  const byId = new Map(paths.map((path) => [path.id, path]));
  const samples = kept.map((well) => {
    const path = byId.get(well.path);
    const agent = from.get(path?.from ?? '');
    if (path === undefined || agent === undefined) throw new Error(`no path ${well.path}`);
    const endings = ruled.filter((each) => isHit(each.attempts, well.attempt) && each.isIn(path, agent));
    return endings.map((each) => endOtherwise(each.ending, path, well)).find((ended) => ended !== null) ?? well;
  });
  return { ...whole, samples, ended: situated.cutAt === null ? 'complete' : 'interrupted' };
}

function worldOf({ asked, webs, policies, hostVantages }: Situation): World {
  const web = webs.map((worker, index) => pod({ name: `web-${index + 1}`, node: `worker-${worker}` }));
  const shop = checkoutCluster(policy());
  const checkout = shop.pods.filter(({ namespace }) => namespace === 'pay');
  const slices = shop.endpointSlices.map((slice) =>
    slice.namespace === 'shop' ? { ...slice, endpoints: web.map(endpoint) } : slice,
  );
  const service = serviceTarget({ backends: web.map(backend) });
  const target = {
    ingress: () => shopTarget({ service }),
    service: () => serviceOnly({ service }),
    checkout: () => serviceOnly({ service, from: askedByCheckout }),
  }[asked]();
  return {
    cluster: {
      ...shop,
      pods: [...web, ...nginx, ...dns, ...checkout],
      endpointSlices: slices,
      networkPolicies: policies.map((name) => POLICIES[name]),
    },
    target,
    hostVantages,
  };
}

function endpoint(of: ReturnType<typeof pod>) {
  const { namespace, name, node, ready, terminating, addresses } = of;
  return { address: addresses[0] ?? '', ready, terminating, node, pod: { namespace, name } };
}

function isHit(attempts: Rule['attempts'], attempt: number): boolean {
  switch (attempts) {
    case 'all':
      return true;
    case 'alternate':
      return attempt % 2 === 0;
    case 'first':
      return attempt === 0;
    case 'last':
      return attempt === LAST_ATTEMPT;
    default:
      return attempts satisfies never;
  }
}
/** world.ts makes four attempts of each path. */
const LAST_ATTEMPT = 3;

/** Whether a path is in the scope. */
function reach(scoped: Scope, paths: readonly Path[], agents: readonly Agent[]): (path: Path, from: Agent) => boolean {
  const kind = new Map(agents.map((agent) => [agent.id, agent.kind]));
  const nodeOf = ({ to }: Path) => ('node' in to ? to.node : null);
  const worker = (number: number) => `worker-${WORKERS[number % WORKERS.length]}`;
  const addressesOf = (far: Path['to']['kind']) => [
    ...new Set(paths.flatMap(({ to }) => (to.kind === far && 'address' in to ? to.address : []))),
  ];
  const at = <T>(all: readonly T[], number: number) => all[number % Math.max(1, all.length)];
  const isTo = (far: Path['to']['kind'], number: number) => {
    const address = at(addressesOf(far), number);
    return ({ to }: Path) => to.kind === far && 'address' in to && to.address === address;
  };
  switch (scoped.kind) {
    case 'one-path': {
      const only = at(paths, scoped.nth);
      return (path) => path === only;
    }
    case 'from-agent': {
      const only = at(agents, scoped.nth);
      return (_, from) => from === only;
    }
    case 'to-backend':
      return isTo('backend', scoped.nth);
    case 'to-dns-server':
      return isTo('dns-server', scoped.nth);
    case 'to-entry':
      return isTo('entry', scoped.nth);
    case 'from-node':
      return (_, from) => from.node === worker(scoped.nth);
    case 'to-node':
      return (path) => nodeOf(path) === worker(scoped.nth);
    case 'between-nodes':
      return (path, from) => from.node === worker(scoped.nth) && nodeOf(path) === worker(scoped.other);
    case 'across-nodes':
      return ({ locality }) => locality === 'cross-node';
    case 'every-dns':
      return ({ probe }) => probe.kind === 'dns' || probe.kind === 'resolver';
    case 'every-large':
      return ({ probe }) => 'bytes' in probe && probe.bytes > 0;
    case 'every-service':
      return ({ to }) => to.kind === 'service';
    case 'every-entry':
      return ({ to }) => to.kind === 'entry';
    case 'shop-from-neutral':
      return ({ to }, from) =>
        from.kind === 'control' && (to.kind === 'backend' || (to.kind === 'agent' && kind.get(to.agent) === 'twin'));
    default:
      return scoped satisfies never;
  }
}
