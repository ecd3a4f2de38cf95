/** Events on the objects of targets whose state changed: `kubectl describe ingress` tells what kprobe saw. */
import { createHash } from 'node:crypto';
import pLimit from 'p-limit';
import type { ApiProblem, ClusterClient, Resource } from '../../api/cluster-client.ts';
import { textAt } from '../../api/fields.ts';
import { RESOURCES } from '../../api/resources.ts';
import type { Limitation } from '../../model/cluster.ts';
import type { SweepReport, TargetReport } from '../../model/sweep.ts';
import type { Channel, PublishDependencies } from '../channel.ts';
import { stateChangesOf } from '../news.ts';
import { eventOf } from './event.ts';

/** An outage of everything needs no Event on each of its parts, and API servers limit them (EventRateLimit). */
const MOST_EVENTS = 50;
const CONCURRENT_CALLS = 4;
const CHANNEL = 'Kubernetes Events';

/** Objects that a target can be; Events about others are not told. */
const KINDS: Readonly<Record<string, Resource>> = {
  Ingress: RESOURCES.ingresses,
  HTTPRoute: RESOURCES.httpRoutes,
  GRPCRoute: RESOURCES.grpcRoutes,
  TLSRoute: RESOURCES.tlsRoutes,
  HTTPProxy: RESOURCES.httpProxies,
  VirtualService: RESOURCES.virtualServices,
  IngressRoute: RESOURCES.ingressRoutes,
  Service: RESOURCES.services,
  Pod: RESOURCES.pods,
};

export function eventsChannel(): Channel {
  return {
    name: CHANNEL,
    async tell(report, dependencies) {
      const told = stateChangesOf(report).flatMap((target) => {
        const resource = KINDS[target.object?.kind ?? ''];
        return target.object === null || resource === undefined ? [] : [{ target, object: target.object, resource }];
      });
      if (told.length === 0) return [];
      const { client, signal } = dependencies;
      if (client === null) return [{ what: CHANNEL, because: 'there is no connection to the cluster any more' }];
      const limit = pLimit(CONCURRENT_CALLS);
      const run = { report, dependencies, client: client.withSignal(signal) };
      const problems = await Promise.all(told.slice(0, MOST_EVENTS).map((each) => limit(() => tellOne(each, run))));
      return limitationsOf(
        problems.flatMap((problem) => problem ?? []),
        told.length,
      );
    },
  };
}

interface Told {
  readonly target: TargetReport;
  readonly object: NonNullable<TargetReport['object']>;
  readonly resource: Resource;
}

interface Run {
  readonly report: SweepReport;
  readonly dependencies: PublishDependencies;
  readonly client: ClusterClient;
}

interface Untold {
  readonly namespace: string;
  readonly problem: ApiProblem;
}

async function tellOne(
  { target, object, resource }: Told,
  { report, dependencies, client }: Run,
): Promise<Untold | null> {
  const uid = object.uid ?? (await uidOf({ client, resource, object }));
  const name = `kprobe.${createHash('sha256').update(`${report.run.id}\n${target.key}`).digest('hex').slice(0, 24)}`;
  const apiVersion = resource.group === '' ? resource.version : `${resource.group}/${resource.version}`;
  const { series } = report;
  const event = eventOf({ target, object, uid, apiVersion, name, series, atMs: dependencies.now() });
  const created = await client.create(RESOURCES.events, event);
  // The name is ours alone: that it exists already means that an earlier try has arrived.
  if (created.ok || created.problem.reason === 'AlreadyExists') return null;
  return { namespace: object.namespace, problem: created.problem };
}

/** By a list of one, because to list is what kprobe may anyway. Empty where it is gone or may not be read. */
async function uidOf({
  client,
  resource,
  object,
}: {
  client: ClusterClient;
  resource: Resource;
  object: Told['object'];
}) {
  const { namespace, name } = object;
  const listed = await client.list(resource, { namespace, fieldSelector: `metadata.name=${name}` });
  const found = listed.ok ? listed.value.find((each) => textAt(each, 'metadata', 'name') === name) : undefined;
  return textAt(found, 'metadata', 'uid') ?? '';
}

/** One line for each namespace and reason. */
function limitationsOf(untold: readonly Untold[], wanted: number): Limitation[] {
  const alike = Map.groupBy(untold, ({ namespace, problem }) => `${namespace}\n${problem.reason}`);
  const limitations = [...alike.values()].flatMap((same) => {
    const [first] = same;
    return first === undefined
      ? []
      : [{ what: `${CHANNEL} in ${first.namespace} (${same.length})`, because: words(first) }];
  });
  const because = `only the first ${MOST_EVENTS} of ${wanted} changes are told as Events`;
  return wanted > MOST_EVENTS ? [...limitations, { what: CHANNEL, because }] : limitations;
}

function words({ namespace, problem }: Untold): string {
  if (problem.reason === 'Forbidden') return `no right to create events.events.k8s.io in ${namespace}`;
  return problem.reason === 'Aborted' ? 'no answer in time' : problem.message;
}
