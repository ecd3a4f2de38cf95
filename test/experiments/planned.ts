/** Plans of the small shop, and short questions to them. */
import type { Schedule } from '../../probes/wire.ts';
import type { Pod } from '../../src/model/cluster.ts';
import type { Path, Plan } from '../../src/model/plan.ts';
import { makePlan, type PlanSettings } from '../../src/plan/plan.ts';
import { pod } from '../judge/make.ts';
import { nginx, dns, serviceOnly, shopCluster, web } from '../judge/world.ts';

export const SETTINGS = { run: 'r', deadlineMs: 60_000, hostVantages: true };

/** pay/checkout-1 on worker 3, set as a test says, asks Service shop/web. */
export function askedBy(over: Partial<Pod> = {}, settings: Partial<PlanSettings> = {}): Plan {
  const client = pod({ namespace: 'pay', name: 'checkout-1', node: 'worker-3', addresses: ['10.244.3.40'], ...over });
  const from = {
    namespace: client.namespace,
    workload: 'checkout',
    pods: [{ namespace: client.namespace, name: client.name }],
  };
  const cluster = shopCluster({ pods: [...web, ...nginx, ...dns, client] });
  return makePlan(cluster, serviceOnly({ from }), { ...SETTINGS, ...settings });
}

export function pathOf(plan: Pick<Plan, 'paths'>, id: string): Path {
  const found = plan.paths.find((path) => path.id === id);
  if (found === undefined) throw new Error(`no path ${id} among\n${plan.paths.map((path) => path.id).join('\n')}`);
  return found;
}

export function shotsOf(plan: Plan): ReadonlyMap<string, Schedule> {
  return new Map(
    Object.values(plan.assignments).flatMap(({ schedules }) => schedules.map((each) => [each.path, each] as const)),
  );
}

/** When the attempts of one series begin, milliseconds. */
export function begins({ startMs, everyMs, count }: Schedule): number[] {
  return Array.from({ length: count }, (_, turn) => startMs + turn * everyMs);
}
