/** What the prober itself cost, and how punctual it was, node by node. */
import type { Recording } from '../../model/recording.ts';
import type { Prober } from '../../model/verdict.ts';
import { quantile } from '../evidence/median.ts';
import { thousandths } from '../../model/thousandths.ts';

/** Nodes in the order of the plan's agents; who told no attempt only answered, and what that took is not known. */
export function probersOf({ plan, samples }: Recording): Prober[] {
  const from = new Map(plan.paths.map((path) => [path.id, path.from]));
  const byAgent = Map.groupBy(samples, ({ path }) => from.get(path) ?? '');
  const nodes = new Map(plan.agents.map(({ id, node }) => [id, node]));
  const sources = [...new Set(from.values())].filter((id) => byAgent.has(id));
  const byNode = Map.groupBy(sources, (id) => nodes.get(id) ?? null);
  return [...byNode].map(([node, agents]) => {
    const own = agents.map((id) => byAgent.get(id) ?? []);
    const spent = own.map((told) => told.reduce((most, { ownCpuMs = 0 }) => Math.max(most, ownCpuMs), 0));
    const late = own.flatMap((told) => told.map(({ lateMs }) => lateMs));
    const isTold = own.some((told) => told.some(({ ownCpuMs }) => ownCpuMs !== undefined));
    return {
      node,
      agents: agents.length,
      attempts: late.length,
      cpuMs: isTold ? spent.reduce((sum, ms) => sum + ms, 0) : null,
      late: { p50Ms: thousandths(quantile(late, 0.5)), p99Ms: thousandths(quantile(late, 0.99)) },
    };
  });
}
