/** Plans of many targets of one small cluster: Services that share backends, and hosts that share an ingress. */
import type { Schedule } from '../../probes/wire.ts';
import type { Plan } from '../../src/model/plan.ts';
import { makePlan } from '../../src/plan/plan.ts';
import { backend, serviceTarget } from '../judge/make.ts';
import { serviceOnly, shopCluster, shopTarget, web } from '../judge/world.ts';

const SETTINGS = { run: 'run-1', deadlineMs: 60_000, hostVantages: true };

/** svc/web-0, svc/web-1 …: each has an address of its own, all have the same two backends. */
export function servicePlans(count: number): Plan[] {
  return Array.from({ length: count }, (_, number) => {
    const clusterIp = `10.96.${Math.floor(number / 200)}.${(number % 200) + 1}`;
    const service = serviceTarget({ name: `web-${number}`, clusterIp, backends: web.map(backend) });
    return makePlan(shopCluster(), serviceOnly({ input: `svc/web-${number}`, service }), SETTINGS);
  });
}

/** host-0.example.com …: three ingress nodes serve all of them. */
export function hostPlans(count: number): Plan[] {
  return Array.from({ length: count }, (_, number) => {
    const host = `host-${number}.example.com`;
    return makePlan(shopCluster(), shopTarget({ input: host, host }), SETTINGS);
  });
}

/** When everything of these agents begins, in milliseconds from their start, in order. */
export function beginnings(schedules: readonly Schedule[]): number[] {
  return schedules
    .flatMap(({ startMs, everyMs, count }) => Array.from({ length: count }, (_, turn) => startMs + turn * everyMs))
    .toSorted((a, b) => a - b);
}
