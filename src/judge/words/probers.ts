/** What the prober itself cost, and how punctual it was, node by node. */
import type { Recording } from '../../model/recording.ts';
import type { Prober } from '../../model/verdict.ts';
import { quantile } from '../evidence/median.ts';

/** Nodes in the order of the plan's agents; who told no attempt only answered, and what that took is not known. */
export function probersOf({ plan, samples }: Recording): Prober[] {
  const told = Map.groupBy(samples, ({ path }) => path);
  const sources = new Map(plan.agents.map((agent) => [agent.id, agent]));
  const sent = plan.paths.flatMap((path) => (told.get(path.id) ?? []).map((sample) => ({ sample, from: path.from })));
  const byNode = Map.groupBy(sent, ({ from }) => sources.get(from)?.node ?? null);
  return [...byNode].map(([node, all]) => {
    const byAgent = [...Map.groupBy(all, ({ from }) => from).values()];
    const spent = byAgent.map((each) => Math.max(...each.map(({ sample }) => sample.ownCpuMs ?? 0)));
    const late = all.map(({ sample }) => sample.lateMs);
    const isTold = all.some(({ sample }) => sample.ownCpuMs !== undefined);
    return {
      node,
      agents: byAgent.length,
      attempts: all.length,
      cpuMs: isTold ? spent.reduce((sum, ms) => sum + ms, 0) : null,
      late: { p50Ms: rounded(quantile(late, 0.5)), p99Ms: rounded(quantile(late, 0.99)) },
    };
  });
}

function rounded(ms: number): number {
  return Math.round(ms * 1000) / 1000;
}
