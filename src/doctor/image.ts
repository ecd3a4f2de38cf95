/** Whether the image is found and has Node in it: one real probe pod, started, heard and removed. */
import { parseMessage } from '../../probes/parse.ts';
import { WIRE_VERSION } from '../../probes/wire.ts';
import type { Tracing } from '../../probes/wire.ts';
import type { ClusterClient } from '../api/cluster-client.ts';
import { listAt, textAt } from '../api/fields.ts';
import { RESOURCES } from '../api/resources.ts';
import { duration } from '../model/format.ts';
import type { Agent, Assignment, Plan } from '../model/plan.ts';
import type { PullChoice } from '../model/request.ts';
import { traceTable } from '../model/trace-table.ts';
import { CONTROL_NAMESPACE, RUN_LABEL } from '../place/names.ts';
import { placeAgents } from '../place/place.ts';
import type { Check } from './check.ts';

/** The pod leaves by itself after this long, whatever becomes of the doctor. */
const LASTS_MS = 30_000;

export interface ImageQuestion {
  readonly client: ClusterClient;
  /** Where it is to stand. */
  readonly agent: Agent;
  readonly image: string;
  readonly pull: PullChoice;
  readonly run: string;
  /** The agent's program. */
  readonly bundle: string;
  /** Ends the wait. */
  readonly signal: AbortSignal;
  readonly now: () => number;
}

export async function checkImage(question: ImageQuestion): Promise<Check> {
  const { agent, image, now } = question;
  const check = { section: 'image', what: image } as const;
  const startedAt = now();
  return tried(question, check, async () => {
    const says = `a probe on ${agent.node} spoke ${duration(now() - startedAt)} after it was asked for`;
    return { ...check, state: 'ok', says: `${says}${await ranAs(question)}`, todo: null };
  });
}

/** Whether a tracer of this image, with the rights that its pod is given, could follow packets on its node. It makes no table: it is told of no flow. */
export async function checkTracer(question: ImageQuestion): Promise<Check> {
  const { agent, image } = question;
  const check = { section: 'image', what: `${image}, as tracer` } as const;
  return tried(question, check, (line) => {
    const parsed = parseMessage(line);
    if (!parsed.ok || parsed.value.type !== 'tracing') return null;
    const { state, says } = parsed.value;
    if (state === 'ready')
      return { ...check, state: 'ok', says: `it can follow packets on ${agent.node}: ${says}`, todo: null };
    return { ...check, state: 'failed', says: `it cannot follow packets on ${agent.node}: ${says}`, todo: TODO[state] };
  });
}

const TODO: Readonly<Record<Exclude<Tracing['state'], 'ready'>, string>> = {
  'no-nft': "--image names one with Node and nftables: docker build --target trace of kprobe's Dockerfile",
  'no-right': 'kprobe install --trace-rules, and see what else admits pods there',
  'old-nft': 'an image with nft 0.9.9 or later',
  'old-kernel': 'nodes with Linux 5.12 or later',
  failed: 'kprobe diagnose --trace-rules tells more',
};

type Answer = Promise<Check> | Check | null;

/** One pod: what its lines answer, the first that does; else why it never spoke. */
async function tried(
  { agent, now: _now, ...placing }: ImageQuestion,
  check: Pick<Check, 'section' | 'what'>,
  answer: (line: string) => Answer,
): Promise<Check> {
  const reportProgress = () => undefined;
  await using placement = await placeAgents({
    ...placing,
    reportProgress,
    plan: planFor(agent, placing.run),
    deadlineMs: LASTS_MS,
  });
  let because = placement.limitations()[0]?.because ?? null;
  if (placement.agents.length === 0)
    return { ...check, state: 'failed', says: `no pod could be made: ${because}`, todo: 'see above' };
  for await (const event of placement.events()) {
    const answered = event.kind === 'line' ? await answer(event.line) : null;
    if (answered !== null) return answered;
    if (event.kind === 'stuck' || event.kind === 'ended') because = event.because ?? 'the probe ended without a word';
    if (event.kind === 'ended' || isImages(because)) break;
  }
  because ??= placement.limitations()[0]?.because ?? 'the pod has not started in time';
  const todo = isImages(because)
    ? '--image REGISTRY/IMAGE names any image with Node 20 or later that this cluster can pull'
    : `kubectl describe node ${agent.node}; kubectl get events -n ${agent.identity.namespace}`;
  return { ...check, state: 'failed', says: because, todo };
}

/** What the node really ran: a tag may mean something else tomorrow, a digest may not. '' where nobody says. */
async function ranAs({ client, run }: Pick<ImageQuestion, 'client' | 'run'>): Promise<string> {
  const scope = { namespace: CONTROL_NAMESPACE, labelSelector: `${RUN_LABEL}=${run}` };
  const listed = await client.list(RESOURCES.pods, scope);
  const status = listed.ok ? listAt(listed.value[0], 'status', 'containerStatuses')[0] : undefined;
  const id = textAt(status, 'imageID')?.replace(/^docker-pullable:\/\//, '') ?? '';
  return id.includes('@sha256:') ? `; --image ${id} pins what it ran` : '';
}

/** The kubelet's words for an image that cannot be had, or has no `node` in it. */
function isImages(because: string | null): boolean {
  return /^(?:ErrImage|ImagePull|InvalidImage|ImageInspect)|executable file not found|no such file/.test(because ?? '');
}

function planFor(agent: Agent, run: string): Plan {
  const limits = { packetsPerSecond: 1, mostPackets: 1 };
  const traces = agent.traces === true ? { traces: { table: traceTable(run), flows: [], ...limits } } : {};
  const answers = agent.traces === true ? { tcp: [], udp: [] } : { tcp: [0], udp: [0] };
  const assignment: Assignment = {
    version: WIRE_VERSION,
    run,
    agent: agent.id,
    answers,
    schedules: [],
    deadlineMs: LASTS_MS,
    ...traces,
  };
  return { agents: [agent], paths: [], limitations: [], assignments: { [agent.id]: assignment } };
}
