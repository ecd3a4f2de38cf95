/** The doctor's round: everything that a run will need, before it needs it. */
import type { ClusterClient } from '../api/cluster-client.ts';
import { readNode } from '../discover/nodes.ts';
import { RESOURCES } from '../api/resources.ts';
import { installCommand } from '../install/command-line.ts';
import { CLUSTER_RIGHTS, LINT_RIGHTS, PROBE_RIGHTS, TRACE_RIGHTS } from '../install/rights.ts';
import type { Agent } from '../model/plan.ts';
import type { PullChoice } from '../model/request.ts';
import { CONTROL_NAMESPACE, HOST_NAMESPACE } from '../place/names.ts';
import { controlAgent, hostAgent, tracerAgent } from '../plan/agents.ts';
import { checkAdmission } from './admission.ts';
import { checkClock, checkVersion, whoAmI } from './api.ts';
import { type Check, type Examination, statusOf } from './check.ts';
import { checkImage, checkTracer } from './image.ts';
import { checkNamespaces } from './namespaces.ts';
import { checkRights } from './rights.ts';
import { checkSweep } from './sweep.ts';

export interface ExamineRequest {
  readonly client: ClusterClient;
  /** Somebody's namespace in which twins shall stand. */
  readonly twins: string | null;
  readonly hostVantages: boolean;
  /** Also what only --trace-rules needs. */
  readonly traceRules: boolean;
  readonly image: string;
  readonly pull: PullChoice;
  /** Start a real pod: needs the agent's program and a name for the run; null: do not. */
  readonly trial: { readonly run: string; readonly bundle: string; readonly timeoutMs: number } | null;
  readonly now: () => number;
  readonly signal: AbortSignal;
}

/** Groups whose kinds exist on every cluster. */
const BUILT_IN = /^$|^(?:apps|batch|policy|autoscaling)$|^(?:discovery|networking)\.k8s\.io$/;

export async function examine(request: ExamineRequest): Promise<Examination> {
  const { client, twins, hostVantages, traceRules } = request;
  const user = await whoAmI(client);
  const install = installCommand({ user, twins: twins === null ? [] : [twins], traceRules });
  const [clock, namespaces, cluster, agents, sweep] = await Promise.all([
    checkClock(client, request.now),
    checkNamespaces(client, { hostVantages, twins, install }),
    clusterRights(client, install),
    probesOf(request),
    scheduledSweep(client, request.now),
  ]);
  const standing = agents.filter(({ identity }) => namespaces.there?.includes(identity.namespace) !== false);
  const [probe, admission] = await Promise.all([
    Promise.all(
      standing.map(({ identity: { namespace }, traces }) =>
        checkRights({ client, rights: traces === true ? TRACE_RIGHTS : PROBE_RIGHTS, namespace, install }),
      ),
    ),
    Promise.all(standing.map((agent) => checkAdmission({ client, agent, image: request.image, pull: request.pull }))),
  ]);
  const first = [checkVersion(client.version), clock, ...namespaces.checks, ...cluster, ...probe.flat(), ...admission];
  const checks: Check[] = [...first, ...sweep, ...(await trialsOf(request, agents))];
  const { server, context } = client;
  return { schema: 'kprobe/doctor/v1', server, context, user, status: statusOf(checks), checks };
}

/** By the API server's clock, which decides when it is time. */
async function scheduledSweep(client: ClusterClient, now: () => number): Promise<Check[]> {
  const told = await client.clock();
  return checkSweep(client, told.ok ? told.value : now());
}

/** Of kinds that not every cluster has, only those that are there. */
async function clusterRights(client: ClusterClient, install: string): Promise<Check[]> {
  const groups = await client.groups();
  const rights = [...CLUSTER_RIGHTS, ...LINT_RIGHTS].filter(
    ({ group }) => BUILT_IN.test(group) || !groups.ok || groups.value.has(group),
  );
  const checks = await checkRights({ client, rights, install });
  if (groups.ok) return checks;
  const says = `they cannot be listed: ${groups.problem.message}`;
  const todo = 'allow GET /apis: the ClusterRole system:discovery';
  return [...checks, { section: 'rights', what: 'API groups', state: 'unknown', says, todo }];
}

/** One probe of each kind, on a node that is ready. */
async function probesOf({ client, twins, hostVantages, traceRules }: ExamineRequest): Promise<Agent[]> {
  const listed = await client.list(RESOURCES.nodes);
  const nodes = listed.ok ? listed.value.flatMap((each) => readNode(each, '') ?? []) : [];
  const node = (nodes.find(({ ready, schedulable }) => ready && schedulable) ?? nodes[0])?.name ?? 'any-node';
  const twin = (namespace: string): Agent => ({
    ...controlAgent(node),
    id: `twin@${node}`,
    kind: 'twin',
    identity: { namespace, labels: {}, hostNetwork: false },
  });
  return [
    controlAgent(node),
    ...(hostVantages ? [hostAgent(node)] : []),
    ...(traceRules ? [tracerAgent(node)] : []),
    ...(twins === null || twins === CONTROL_NAMESPACE || twins === HOST_NAMESPACE ? [] : [twin(twins)]),
  ];
}

/** One after the other: two pods of one run in two namespaces would be two runs. */
async function trialsOf(request: ExamineRequest, agents: readonly Agent[]): Promise<Check[]> {
  const { trial, client, image, pull, now } = request;
  const [agent] = agents;
  if (trial === null || agent === undefined) return [];
  const { run, bundle, timeoutMs } = trial;
  const signal = AbortSignal.any([request.signal, AbortSignal.timeout(timeoutMs)]);
  const common = { client, image, pull, bundle, signal, now };
  const first = await checkImage({ ...common, agent, run });
  const tracer = agents.find(({ traces }) => traces === true);
  if (tracer === undefined || first.state !== 'ok') return [first];
  return [first, await checkTracer({ ...common, agent: tracer, run: `${run}t` })];
}
