/** Whether the cluster admits probe pods: the real manifests, sent as a dry run, which keeps nothing. */
import { WIRE_VERSION } from '../../probes/wire.ts';
import type { ApiObject, ClusterClient } from '../api/cluster-client.ts';
import { listAt, textAt } from '../api/fields.ts';
import { RESOURCES } from '../api/resources.ts';
import { list } from '../model/format.ts';
import type { Agent, Assignment } from '../model/plan.ts';
import type { PullChoice } from '../model/request.ts';
import { CONTAINER, podManifest } from '../place/pod.ts';
import { refusalAdvice } from '../place/refusal-advice.ts';
import type { Check } from './check.ts';

/** Below 1024: a twin answers on its original's ports, which takes a sysctl that admission may refuse. */
const LOW_PORT = 80;
/** Long enough for any run with the usual settings. */
const LASTS_MS = 120_000;
const RUN = 'doctor';

export interface AdmissionQuestion {
  readonly client: ClusterClient;
  readonly agent: Agent;
  readonly image: string;
  readonly pull: PullChoice;
}

export async function checkAdmission({ client, agent, ...settings }: AdmissionQuestion): Promise<Check> {
  const { namespace, hostNetwork } = agent.identity;
  const kind = agent.traces === true ? 'tracer' : hostNetwork ? 'host' : agent.kind;
  const check = { section: 'admission', what: `${kind} pod in ${namespace}` } as const;
  const answered = await client.create(RESOURCES.pods, probePod(agent, settings), { dryRun: true });
  if (answered.ok) return { ...check, ...admitted(answered.value, namespace) };
  const { status, message } = answered.problem;
  if (status === 403 || status === 422)
    return {
      ...check,
      state: 'failed',
      says: `refused: ${message}`,
      todo: refusalAdvice(message, namespace) ?? `kubectl get events -n ${namespace}`,
    };
  if (status === 404) return { ...check, state: 'left-out', says: 'the namespace is not there yet', todo: null };
  const todo = /dry.?run/i.test(message) ? 'kprobe doctor --image-check starts a real pod' : null;
  return { ...check, state: 'unknown', says: message, todo };
}

/** What doctor sends is what a run would: the owner is only looked for when garbage is collected. */
function probePod(agent: Agent, asked: Pick<AdmissionQuestion, 'image' | 'pull'>): ApiObject {
  const settings = { ...asked, run: RUN, lastsMs: LASTS_MS };
  const ownerUid = '00000000-0000-0000-0000-000000000000';
  return podManifest({ agent, assignment: idleAssignment(agent), name: `kprobe-${RUN}`, ownerUid, settings });
}

/** Answers, and asks nobody. */
function idleAssignment(agent: Agent): Assignment {
  const answers = { tcp: agent.identity.hostNetwork ? [0] : [0, LOW_PORT], udp: [0] };
  return { version: WIRE_VERSION, run: RUN, agent: agent.id, answers, schedules: [], deadlineMs: LASTS_MS };
}

/** A pod may be let in and changed on its way. */
function admitted(pod: ApiObject, namespace: string): Pick<Check, 'state' | 'says' | 'todo'> {
  const containers = [...listAt(pod, 'spec', 'containers'), ...listAt(pod, 'spec', 'initContainers')];
  const added = containers.flatMap((each) => textAt(each, 'name') ?? []).filter((name) => name !== CONTAINER);
  if (added.length === 0) return { state: 'ok', says: 'admitted', todo: null };
  return {
    state: 'failed',
    says: `admitted, but with ${list(added)} added to it: probes would measure through that`,
    todo: `exempt pods of namespace ${namespace} with the label app.kubernetes.io/managed-by=kprobe from injection`,
  };
}
