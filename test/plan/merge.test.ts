import { describe, expect, test } from 'vitest';
import type { Schedule } from '../../probes/wire.ts';
import type { Agent, Plan } from '../../src/model/plan.ts';
import { fitFirst, fitScreen } from '../../src/plan/fit.ts';
import { mergePlans, type Merged } from '../../src/plan/merge.ts';
import { screenOf } from '../../src/plan/screen.ts';
import { agent, assignment, plan as planOf, schedule, tcp } from '../place/agents.ts';
import { beginnings, hostPlans, servicePlans } from './many.ts';

const BUDGET = { probesPerSecondPerNode: 20, pods: 100 };
const isPeer = ({ probe }: Schedule) => probe.kind !== 'resolver' && 'agent' in probe.to;

/** The most attempts that begin within any second on one node, those that wait for addresses counted from when these come. */
function busiestSecond({ plan }: Merged, node: string | null): number {
  const on = plan.agents.filter((each) => each.node === node).map(({ id }) => plan.assignments[id]?.schedules ?? []);
  const streams = on.flatMap((all) => [all.filter(isPeer), all.filter((each) => !isPeer(each))]);
  // Each vantage has its own beginning, so the worst of all alignments is the sum of the worst of each.
  return streams.reduce((sum, stream) => sum + mostWithin(beginnings(stream), 1000), 0);
}

function mostWithin(sorted: readonly number[], windowMs: number): number {
  return Math.max(0, ...sorted.map((at, index) => sorted.slice(index).filter((each) => each - at < windowMs).length));
}

const sizes = ({ agents, paths }: Pick<Plan, 'agents' | 'paths'>) => [agents.length, paths.length];

describe('one plan by itself', () => {
  const [only] = hostPlans(1);

  test('keeps its agents and paths under their own names', () => {
    const { shares, plan } = mergePlans([only!], BUDGET);
    expect(plan.agents.map(({ id }) => id).toSorted()).toEqual(only!.agents.map(({ id }) => id).toSorted());
    expect(shares[0]?.plan.paths).toEqual(only!.paths);
    expect(shares[0]?.plan.limitations).toEqual([]);
  });

  test('is tried as often as it says', () => {
    const counts = (all: Plan['assignments']) =>
      Object.fromEntries(Object.values(all).flatMap((each) => each.schedules.map(({ path, count }) => [path, count])));
    expect(counts(mergePlans([only!], BUDGET).plan.assignments)).toEqual(counts(only!.assignments));
  });
});

describe('several plans', () => {
  test('of the same kind share agents, mesh and DNS', () => {
    const [one, ten] = [mergePlans(servicePlans(1), BUDGET), mergePlans(servicePlans(10), BUDGET)];
    expect(ten.plan.agents).toHaveLength(one.plan.agents.length);
    // Each further Service adds one path from each of three nodes, and its name, asked by two of each DNS server; its backends are those of all.
    expect(ten.plan.paths.length - one.plan.paths.length).toBe(9 * (3 + 4));
  });

  test('keep two hosts behind one ingress address apart', () => {
    const { plan, shares } = mergePlans(hostPlans(2), BUDGET);
    const asked = plan.paths.flatMap(({ to, probe }) =>
      to.kind === 'entry' && probe.kind === 'http' ? probe.host : [],
    );
    expect(new Set(asked)).toEqual(new Set(['host-0.example.com', 'host-1.example.com']));
    expect(new Set(plan.paths.map(({ id }) => id)).size).toBe(plan.paths.length);
    for (const [index, share] of shares.entries()) {
      const own = new Set(shares[index]?.plan.paths.map(({ id }) => id));
      expect(new Set(share.paths.values())).toEqual(own);
    }
  });

  test('keep two workloads of one name in two namespaces apart', () => {
    const twin = (namespace: string): Agent => ({
      ...agent('twin', 'n1'),
      id: 'as:web@n1',
      underTest: true,
      identity: { namespace, labels: {}, hostNetwork: false },
      of: { namespace, name: 'web-1' },
    });
    const { plan, shares } = mergePlans(
      ['shop', 'pay'].map((each) => planOf([twin(each)])),
      BUDGET,
    );
    expect(plan.agents.map(({ id, identity }) => [id, identity.namespace])).toEqual([
      ['as:web@n1', 'shop'],
      ['as:web@n1~2', 'pay'],
    ]);
    expect([...(shares[1]?.agents ?? [])]).toEqual([['as:web@n1~2', 'as:web@n1']]);
    expect(Object.values(plan.assignments).map((each) => each.agent)).toEqual(['as:web@n1', 'as:web@n1~2']);
  });
});

describe('the rate', () => {
  test.for([1, 3, 8, 20])('of %d attempts a second and node is kept by every node, and by this machine', (rate) => {
    const merged = mergePlans([...hostPlans(20), ...servicePlans(20)], { ...BUDGET, probesPerSecondPerNode: rate });
    for (const node of ['worker-1', 'worker-2', 'worker-3', null]) {
      const vantages = merged.plan.agents.filter((each) => each.node === node).length * 2;
      expect(busiestSecond(merged, node)).toBeLessThanOrEqual(Math.max(rate, vantages));
      expect(busiestSecond(merged, node)).toBeGreaterThan(0);
    }
  });

  test('is used where there is enough to do', () => {
    expect(busiestSecond(mergePlans(servicePlans(40), BUDGET), 'worker-1')).toBeGreaterThan(15);
  });

  test('never lets one vantage ask one destination twice within a second', () => {
    const { plan } = mergePlans([...hostPlans(10), ...servicePlans(3)], BUDGET);
    for (const { schedules: all } of Object.values(plan.assignments)) {
      const direct = all.filter((each) => !isPeer(each));
      for (const same of Map.groupBy(direct, ({ probe }) => JSON.stringify('to' in probe ? probe.to : '')).values())
        expect(mostWithin(beginnings(same), 999)).toBe(1);
    }
  });
});

describe('the number of pods', () => {
  const pods = (merged: Merged) => merged.plan.agents.filter(({ kind }) => kind !== 'local').length;

  test('is no matter where it suffices', () => {
    const merged = mergePlans(servicePlans(5), BUDGET);
    expect(merged.shares.flatMap((share) => share.plan.limitations)).toEqual([]);
  });

  test('is too small for what only answers before it is too small for what asks', () => {
    const twin = { ...agent('twin', 'n1'), id: 'twin:web@n1' };
    const source = { ...agent('twin', 'n2'), id: 'as:web@n2', underTest: true };
    const { plan, leftOut } = mergePlans([planOf([twin, agent('host', 'n1'), source])], { ...BUDGET, pods: 2 });
    expect(plan.agents.map(({ id }) => id)).toEqual(['host@n1', 'as:web@n2']);
    expect(leftOut).toBe(1);
  });

  test('is never exceeded, and the targets concerned have a limitation', () => {
    const merged = mergePlans(hostPlans(2), { ...BUDGET, pods: 6 });
    expect(pods(merged)).toBe(6);
    const left = mergePlans(hostPlans(2), { ...BUDGET, pods: 4 });
    expect(left.shares[0]?.plan.limitations).toEqual([
      { what: expect.stringMatching(/^the view of /), because: 'the sweep may make 4 probe pods (budget.pods)' },
    ]);
    expect(left.plan.paths.every(({ from }) => left.plan.agents.some(({ id }) => id === from))).toBe(true);
  });

  test('is spread over the targets by turns', () => {
    const source = (owner: string, node: string): Agent => ({
      ...agent('twin', node),
      id: `as:${owner}@${node}`,
      underTest: true,
    });
    const plans = ['a', 'b'].map((owner) => planOf(['n1', 'n2', 'n3'].map((node) => source(owner, node))));
    const merged = mergePlans(plans, { ...BUDGET, pods: 4 });
    expect(merged.shares.map((share) => share.plan.agents.length)).toEqual([2, 2]);
  });

  test('none at all leaves this machine', () => {
    const merged = mergePlans(hostPlans(1), { ...BUDGET, pods: 0 });
    expect(merged.plan.agents.map(({ id }) => id)).toEqual(['local']);
  });
});

describe('a first look', () => {
  test('has the attempts of the user and the DNS, and no twins that only answer', () => {
    const [full] = hostPlans(1);
    const screen = screenOf(full!, 'usual', 0);
    expect(new Set(screen.paths.map(({ to }) => to.kind))).toEqual(new Set(['entry', 'dns-server', 'resolver']));
    expect(screen.paths.filter(({ userFacing }) => userFacing)).toEqual(
      full!.paths.filter(({ userFacing }) => userFacing),
    );
    expect(sizes(screen)[1]).toBeLessThan(sizes(full!)[1]! / 2);
  });

  test('of a few targets is over in a few seconds', () => {
    expect(fitScreen([...hostPlans(3), ...servicePlans(3)], BUDGET, 60_000).merged.lastsMs).toBeLessThan(10_000);
  });

  test('grows lighter before it leaves anybody out', () => {
    const plans = hostPlans(60);
    const usual = fitScreen(plans, BUDGET, 600_000);
    const light = fitScreen(plans, BUDGET, 60_000);
    const short = fitScreen(plans, BUDGET, 10_000);
    expect([usual.fitting, light.fitting]).toEqual([60, 60]);
    expect(light.merged.lastsMs).toBeLessThanOrEqual(60_000);
    expect(light.merged.plan.paths.length).toBeLessThan(usual.merged.plan.paths.length);
    expect(short.fitting).toBeGreaterThan(0);
    expect(short.fitting).toBeLessThan(60);
    expect(short.merged.lastsMs).toBeLessThanOrEqual(10_000);
  });

  test('of two hundred targets is planned in good time', () => {
    const plans = [...hostPlans(100), ...servicePlans(100)];
    const began = performance.now();
    const { merged, fitting } = fitScreen(plans, BUDGET, 140_000);
    expect(fitting).toBe(200);
    expect(merged.lastsMs).toBeLessThanOrEqual(140_000);
    expect(performance.now() - began).toBeLessThan(5000);
  });
});

test('the assignments of two hundred targets fit into one ConfigMap of 1 MiB, even before they are compressed', () => {
  const { merged, fitting } = fitScreen([...hostPlans(100), ...servicePlans(100)], BUDGET, 600_000);
  const characters = Object.values(merged.plan.assignments).reduce((sum, each) => sum + JSON.stringify(each).length, 0);
  expect(fitting).toBe(200);
  expect(characters).toBeLessThan(700_000);
});

test('what does not fit is cut off at the end, and one target always fits', () => {
  const plans = servicePlans(30);
  expect(fitFirst(plans, BUDGET, 1).fitting).toBe(1);
  expect(fitFirst(plans, BUDGET, 600_000).fitting).toBe(30);
  expect(fitFirst([], BUDGET, 1000).merged.plan.agents).toEqual([]);
});

test('a series that is planned for an agent without paths is not invented', () => {
  const lonely = planOf([agent('control', 'n1')], [assignment('control@n1', [schedule('nowhere', tcp('10.0.0.1'))])]);
  expect(mergePlans([lonely], BUDGET).plan.assignments['control@n1']?.schedules).toEqual([]);
});
