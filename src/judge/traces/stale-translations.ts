/** Rules that stop nothing and are behind all the same: a Service's packets that a node sends on to what is no endpoint of it any more. Pure. */
import type { Cluster, ObjectName } from '../../model/cluster.ts';
import { count } from '../../model/format.ts';
import type { TraceStep } from '../../model/packet-trace.ts';
import { translationIn } from '../rules/rule-text.ts';
import { translationOn } from '../rules/translation.ts';
import type { FollowedPacket } from './followed.ts';

export interface StaleTranslation {
  readonly node: string;
  readonly step: TraceStep;
  readonly service: ObjectName;
  readonly packets: number;
}

export function staleTranslations(packets: readonly FollowedPacket[], cluster: Cluster): StaleTranslation[] {
  const found = packets.flatMap(({ trace, isAnswer, isOuter }) => {
    if (isAnswer || isOuter) return [];
    const translation = translationOn(trace.steps, cluster, trace);
    const step = trace.steps.findLast(({ rule = '' }) => translationIn(rule) !== null);
    const service = translation?.service ?? null;
    if (step === undefined || service === null || translation?.isListed !== false) return [];
    return [{ node: trace.node, step, service }];
  });
  const alike = Map.groupBy(found, ({ node, step }) => JSON.stringify([node, step.table, step.chain, step.handle]));
  return [...alike.values()].flatMap(([first, ...more]) =>
    first === undefined ? [] : [{ ...first, packets: 1 + more.length }],
  );
}

export function sayStale({ node, step, service, packets }: StaleTranslation): string {
  const { family, table, chain, rule = '' } = step;
  const end = translationIn(rule);
  const far = end === null ? 'an address' : `${end.address}${end.port === null ? '' : `:${end.port}`}`;
  return `${node}: chain ${family} ${table} ${chain} sends ${count(packets, 'packet')} on to ${far}, which by the API is no endpoint of Service ${service.namespace}/${service.name}: the rules of this node are behind`;
}
