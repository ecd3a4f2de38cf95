import { describe, expect, test } from 'vitest';
import { experiments } from '../../src/model/experiment.ts';
import type { ExperimentId } from '../../src/model/experiment.ts';
import { makePlan } from '../../src/plan/plan.ts';
import { node } from '../judge/make.ts';
import {
  allowIngress,
  askedByCheckout,
  checkoutCluster,
  serviceOnly,
  shopCluster,
  shopTarget,
} from '../judge/world.ts';
import { pathOf, SETTINGS, shotsOf } from './planned.ts';

/** The shop is a host of this cluster; its pods are ready and listen where the Service sends; nobody asks for the port of a node. */
const NOT_HERE = new Set<ExperimentId>([
  'external-hosts',
  'shares',
  'families',
  'outside-names',
  'unready-endpoints',
  'declared-ports',
  'namesake-ports',
  'hello-sizes',
  'replaced-sources',
]);
const EVERY = Object.keys(experiments) as ExperimentId[];
const planOf = (wanted?: readonly ExperimentId[]) =>
  makePlan(shopCluster({ networkPolicies: [allowIngress] }), shopTarget(), {
    ...SETTINGS,
    ...(wanted === undefined ? {} : { experiments: wanted }),
  });

describe('a plan of some experiments', () => {
  test.for(EVERY)('has all arms of %s that the plan of all has, and no others', (id) => {
    const arms = planOf().paths.filter((path) => path.experiments.includes(id));
    const alone = planOf([id]).paths;
    expect(alone.map((path) => path.id).toSorted()).toEqual(arms.map((path) => path.id).toSorted());
    expect(alone.every((path) => path.experiments.join(' ') === id)).toBe(true);
    // Where there is no such arm, the target is not of that kind.
    expect(arms.length > 0).toBe(!NOT_HERE.has(id));
  });

  test('has no agents that none of its paths needs', () => {
    expect(planOf(['node-pairs']).agents.map(({ kind }) => kind)).toEqual(['control', 'control', 'control']);
    expect(planOf([])).toMatchObject({ agents: [], paths: [] });
  });

  test('has each path once, whatever the order and however often an experiment is named', () => {
    const ids = planOf([...EVERY.toReversed(), ...EVERY]).paths.map((path) => path.id);
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids.toSorted()).toEqual(
      planOf()
        .paths.map((path) => path.id)
        .toSorted(),
    );
  });
});

describe('a path of two experiments', () => {
  test('names both, and is tried as often as the more eager one wants', () => {
    const plan = planOf(['service-address', 'endpoints']);
    expect(pathOf(plan, 'host@worker-1 > 10.244.1.11:8080 http').experiments).toEqual(['service-address', 'endpoints']);
    expect(pathOf(plan, 'host@worker-1 > 10.96.0.80:80 http').experiments).toEqual(['service-address']);
    const large = 'control@worker-1 > control@worker-2 tcp 20000 B';
    const pairs = planOf(['packet-sizes', 'identities', 'node-pairs']);
    expect(pathOf(pairs, 'control@worker-1 > control@worker-2 tcp').experiments).toEqual([
      'packet-sizes',
      'identities',
      'node-pairs',
    ]);
    expect(pathOf(pairs, large).experiments).toEqual(['packet-sizes']);
    expect(shotsOf(pairs).get(large)?.count).toBe(3);
    expect(shotsOf(pairs).get('control@worker-1 > control@worker-2 tcp')?.count).toBe(4);
  });
});

describe('the cost', () => {
  /** What version 0.1.0 planned for the same three nodes. */
  const BEFORE = { incident: 109, service: 70, client: 93 } as const;
  const MORE = 1.34;

  test('on three nodes is little more than before', () => {
    const policies = { networkPolicies: [allowIngress] };
    const now = {
      incident: makePlan(shopCluster(policies), shopTarget(), SETTINGS),
      service: makePlan(shopCluster(), serviceOnly(), SETTINGS),
      client: makePlan(checkoutCluster(allowIngress), serviceOnly({ from: askedByCheckout }), SETTINGS),
    };
    for (const which of ['incident', 'service', 'client'] as const) {
      expect(now[which].paths.length).toBeLessThanOrEqual(BEFORE[which] * MORE);
    }
  });

  test('has an end, however many nodes there are', () => {
    const sized = (count: number) =>
      shopCluster({ nodes: Array.from({ length: count }, (_, index) => node({ name: `worker-${index + 1}` })) });
    const [six, hundred] = [6, 100].map((count) => makePlan(sized(count), shopTarget(), SETTINGS).paths.length);
    expect(hundred).toBe(six);
  });
});
