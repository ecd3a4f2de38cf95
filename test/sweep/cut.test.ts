/** What one target gets of a measurement for many is what a diagnosis of it alone would have measured. */
import { describe, expect, test } from 'vitest';
import type { Sample } from '../../probes/wire.ts';
import { judge } from '../../src/judge/judge.ts';
import { type Measured, recordingOf } from '../../src/measure.ts';
import type { Agent, Path, Plan } from '../../src/model/plan.ts';
import type { Target } from '../../src/model/target.ts';
import { mergePlans, type Merged } from '../../src/plan/merge.ts';
import { makePlan } from '../../src/plan/plan.ts';
import { screenOf } from '../../src/plan/screen.ts';
import { cutOut, indexed, isSeen } from '../../src/sweep/cut.ts';
import { closedTo, dnsTimeout, overlayBetween, pod as broken, rejectedService, slowEntries } from '../judge/breaks.ts';
import { arrival, backend, cut, hello, on, pod, policy, sample, serviceTarget } from '../judge/make.ts';
import { type Break, dns, run, serviceOnly, shopCluster, shopTarget, web } from '../judge/world.ts';

const SETTINGS = { run: 'run-1', deadlineMs: 60_000, hostVantages: true };
const BUDGET = { probesPerSecondPerNode: 20, pods: 100 };

/** What the agents of a merged plan would say in this world. */
function measured({ plan }: Merged, breaks: readonly Break[], target: Target): Measured {
  const agents = new Map(plan.agents.map((agent) => [agent.id, agent]));
  // A world answers for one target's plan; any plan with these paths would do. The first attempt of each, for `on` gives them their times.
  const well = new Map(
    run({ target, breaks: [] })
      .samples.toReversed()
      .map((each) => [each.path, each]),
  );
  const samples = plan.paths.flatMap((path: Path): Sample[] => {
    const from = agents.get(path.from) as Agent;
    const to = path.to.kind === 'agent' ? (agents.get(path.to.agent) ?? null) : null;
    const rule = breaks.map((each) => each(path, from, to)).find((each) => each !== null);
    const count = plan.assignments[path.from]?.schedules.find((each) => each.path === path.id)?.count ?? 0;
    const alike = well.get(path.id.replace(/~\d+$/, '')) ?? sample({ connectMs: 0.4, firstByteMs: 1, status: 200 });
    const all = rule ?? Array.from({ length: count }, () => alike);
    return on(path, all.slice(0, Math.max(1, count)));
  });
  const hellos = plan.agents.map((agent) => ({ ...hello(agent.id.replace(/~\d+$/, '')), agent: agent.id }));
  const parts = { hellos, samples, arrivals: [], halfOpen: [], byes: [], troubles: [], nodeFacts: [], lostAgents: [] };
  return { parts, limitations: [], ended: 'complete' };
}

const factsOf = (target: Target, plan: Plan, cluster = shopCluster()) => ({
  run: 'run-1',
  startedAt: new Date('2026-01-01T03:00:00Z'),
  slowAfterMs: 200,
  target,
  cluster,
  plan,
});

function verdicts(
  targets: readonly Target[],
  breaks: readonly Break[],
  { isScreen = false, cluster = shopCluster() } = {},
) {
  const plans = targets.map((target) => makePlan(cluster, target, SETTINGS));
  const asked = isScreen ? plans.map((plan, turn) => screenOf(plan, 'usual', turn)) : plans;
  const merged = mergePlans(asked, BUDGET);
  const index = indexed(measured(merged, breaks, targets[0] as Target));
  return targets.map((target, position) => {
    const share = merged.shares[position]!;
    const facts = factsOf(target, { ...share.plan, assignments: {} }, cluster);
    return judge(recordingOf(facts, cutOut(index, share), facts.startedAt.getTime() + 9000));
  });
}

const api = pod({ name: 'api-1', node: 'worker-2', addresses: ['10.244.2.77'], labels: { app: 'api' } });
const apiService = serviceTarget({ name: 'api', clusterIp: '10.96.0.90', backends: [backend(api)] });
const withApi = () => shopCluster({ pods: [...shopCluster().pods, api] });
const targets = [shopTarget(), serviceOnly(), serviceOnly({ input: 'svc/api', host: 'api', service: apiService })];

describe('a healthy cluster', () => {
  test.for([true, false])('is healthy for every target (first look: %s)', (isScreen) => {
    const all = verdicts(targets, [], { isScreen, cluster: withApi() });
    expect(all.map(({ status, findings }) => [status, findings])).toEqual(targets.map(() => ['healthy', []]));
  });
});

/** Faults and how the shop behind its ingress shows them. */
const FAULTS: readonly (readonly [string, readonly Break[], Partial<Parameters<typeof shopCluster>[0]>])[] = [
  ['a dead backend', [broken(web[0]!), slowEntries, rejectedService], {}],
  ['a broken overlay', [overlayBetween(null, null), slowEntries], {}],
  ['a broken node', [overlayBetween('worker-2', null), slowEntries], {}],
  ['a dead DNS server', [broken(dns[0]!, dnsTimeout)], {}],
  [
    'a policy that denies',
    [closedTo(() => true), slowEntries],
    { networkPolicies: [policy({ spec: { podSelector: {}, policyTypes: ['Ingress'], ingress: [] } })] },
  ],
];

describe.each(FAULTS)('%s', (_, breaks, over) => {
  const cluster = shopCluster(over);
  const alone = [shopTarget(), serviceOnly()];

  test('does not look healthy at first', () => {
    const [first, second] = verdicts(alone, breaks, { isScreen: true, cluster });
    expect([first?.status, second?.status].some((status) => status !== 'healthy')).toBe(true);
  });

  test('gets the verdict that it would have had alone', () => {
    const together = verdicts(alone, breaks, { cluster });
    const single = alone.map((target) => verdicts([target], breaks, { cluster })[0]);
    const told = (all: typeof single) =>
      all.map((each) => [each?.status, each?.findings.map(({ diagnosis }) => diagnosis)]);
    expect(told(together)).toEqual(told(single));
    expect(together.some(({ status }) => status !== 'healthy')).toBe(true);
  });
});

test('a fault of one target is not told of another', () => {
  const onlyApi: Break = (path) =>
    'address' in path.to && [api.addresses[0], '10.96.0.90'].includes(path.to.address) ? [] : null;
  const dead: Break = (path, from, to) =>
    onlyApi(path, from, to) === null ? null : (broken(api)(path, from, to) ?? rejected(path));
  const rejected = (path: Path) => rejectedService(path, {} as Agent, null);
  const [shop, service, other] = verdicts(targets, [dead], { cluster: withApi() });
  expect([shop?.status, service?.status]).toEqual(['healthy', 'healthy']);
  expect(other?.status).not.toBe('healthy');
});

describe('what is cut out', () => {
  const plans = [shopTarget(), shopTarget({ input: 'b.example.com', host: 'b.example.com' })].map((target) =>
    makePlan(shopCluster(), target, SETTINGS),
  );
  const merged = mergePlans(plans, BUDGET);
  const all = measured(merged, [], shopTarget());

  test('has the names of its own plan', () => {
    const { parts } = cutOut(indexed(all), merged.shares[1]!);
    const own = new Set(plans[1]?.paths.map(({ id }) => id));
    expect(parts.samples.length).toBeGreaterThan(0);
    expect(parts.samples.every(({ path }) => own.has(path))).toBe(true);
    expect(parts.hellos.map(({ agent }) => agent).toSorted()).toEqual(plans[1]?.agents.map(({ id }) => id).toSorted());
  });

  test('knows the limitations of its own agents and those of everybody', () => {
    const about = (agent: string) => ({ kind: 'agent' as const, agent });
    const limitations = [
      { what: 'one', because: 'x', subject: about('control@worker-1') },
      { what: 'two', because: 'x', subject: about('control@worker-10') },
      { what: 'three', because: 'x', subject: about('as:other@worker-1') },
      { what: 'Events', because: 'x' },
    ];
    const heard = {
      ...all.parts,
      arrivals: [arrival('control@worker-1', '10.244.2.99:1'), arrival('as:other@worker-1', '10.0.0.9:1')],
    };
    const { limitations: left, parts } = cutOut(indexed({ ...all, parts: heard, limitations }), merged.shares[0]!);
    expect(left.map(({ what }) => what)).toEqual(['one', 'Events']);
    expect(parts.arrivals.map(({ agent }) => agent)).toEqual(['control@worker-1']);
  });
});

describe('a first look has seen enough', () => {
  const planned = new Map([['p', 2]]);
  const seen = (...samples: readonly Sample[]) =>
    isSeen(
      indexed({
        parts: {
          hellos: [],
          samples,
          arrivals: [],
          halfOpen: [],
          byes: [],
          troubles: [],
          nodeFacts: [],
          lostAgents: [],
        },
        limitations: [],
        ended: 'settled',
      }),
      planned,
    );
  const one = sample({ path: 'p' });

  test.for([
    ['not before all attempts are told', [one], false],
    ['when all have ended', [one, one], true],
    ['when one waits too long to be answered soon', [one, cut({ path: 'p', waitedMs: 2600 })], true],
    ['not while one has just begun', [one, cut({ path: 'p', waitedMs: 300 })], false],
  ] as const)('%s', ([, samples, enough]) => expect(seen(...samples)).toBe(enough));
});
