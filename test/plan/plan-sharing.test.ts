import { expect, test } from 'vitest';
import { makePlan } from '../../src/plan/plan.ts';
import { PlanSharing } from '../../src/plan/plan-sharing.ts';
import { serviceTarget } from '../judge/make.ts';
import { serviceOnly, shopCluster } from '../judge/world.ts';

const planOf = (number: number) => {
  const service = serviceTarget({ name: `web-${number}`, clusterIp: `10.96.7.${number}` });
  const target = serviceOnly({ input: `svc/web-${number}`, service });
  return makePlan(shopCluster(), target, { run: 'r', deadlineMs: 60_000, hostVantages: true });
};

test('plans stay what they are, and what two of them have in common is one object', () => {
  const sharing = new PlanSharing();
  const [one, two] = [sharing.plan(planOf(1)), sharing.plan(planOf(2))];
  expect([one, two]).toEqual([planOf(1), planOf(2)]);
  const shared = two.paths.filter((path) => one.paths.includes(path));
  const alike = two.paths.filter((path) => one.paths.some((other) => JSON.stringify(other) === JSON.stringify(path)));
  expect(shared.length).toBeGreaterThan(0);
  expect(shared).toEqual(alike);
  expect(two.agents.every((agent) => one.agents.includes(agent))).toBe(true);
});
