/** Values for completion that only the kubeconfig, the cluster or the catalog know, in no time or not at all. */
import type { ClusterClient } from '../api/cluster-client.ts';
import { nameOf } from '../api/fields.ts';
import { RESOURCES } from '../api/resources.ts';
import { isWorkload, kindCalled } from '../discover/kinds.ts';
import { readIngress } from '../discover/routes.ts';
import { nameAs, workloadOf } from '../discover/workload-names.ts';
import { readPod } from '../discover/workloads.ts';
import type { Pod } from '../model/cluster.ts';
import { CHECK_OUTPUTS } from '../render/check/render.ts';
import { LINT_OUTPUTS } from '../render/lint/render.ts';
import { OUTPUTS } from '../render/render.ts';
import type { Session } from './command.ts';
import type { Place } from './complete-place.ts';

/** Longer nobody waits for a Tab. */
const PATIENCE_MS = 1500;

const KIND_FIRST = /^([^/]+)\//u;

type Value = Extract<Place, { kind: 'value' }>;
/** `files`: the shell knows better. */
export type Values = readonly string[] | 'files';
type Source = (place: Value, session: Session) => Promise<Values>;

const OTHER_OUTPUTS: Readonly<Record<string, readonly string[]>> = {
  install: ['yaml', 'json'],
  doctor: ['terminal', 'json'],
  history: ['terminal', 'json'],
  lint: LINT_OUTPUTS,
  check: CHECK_OUTPUTS,
};
const files: Source = async () => 'files';
const words =
  (...known: readonly string[]): Source =>
  async () =>
    known;

/** By name of flag or positional, the same in all commands. */
const SOURCES: Readonly<Record<string, Source>> = {
  context: contexts,
  namespace: fromCluster(namespaces),
  twins: fromCluster(namespaces),
  from: fromCluster(workloads),
  target: async (place, session) => (place.command === 'history' ? pastTargets : fromCluster(targets))(place, session),
  targets: fromCluster(targets),
  since: words('last'),
  output: async ({ command }) => OTHER_OUTPUTS[command] ?? OUTPUTS,
  shell: words('bash', 'zsh', 'fish'),
  action: words('list', 'run', 'up'),
  scenario: scenarios,
  id: catalogIds,
  kubeconfig: files,
  file: files,
  baseline: files,
  save: files,
  assignment: files,
  peers: files,
  history: files,
  'save-recording': files,
};

export async function valuesFor(place: Value, session: Session): Promise<Values> {
  const source = Object.hasOwn(SOURCES, place.name) ? SOURCES[place.name] : undefined;
  const found = (await source?.(place, session)) ?? [];
  return found === 'files' ? found : found.map((each) => place.prefix + each);
}

async function contexts({ given }: Value, { env }: Session): Promise<Values> {
  const { loadKubeconfig } = await import('../api/kubeconfig.ts');
  const config = await loadKubeconfig({ kubeconfig: given.get('kubeconfig'), context: undefined, env });
  return config.contexts.map(({ name }) => name);
}

type Ask = (client: ClusterClient, place: Value) => Promise<readonly string[]>;

function fromCluster(ask: Ask): Source {
  return async (place, session) => {
    const [kubeconfig, context] = [place.given.get('kubeconfig'), place.given.get('context')];
    const signal = AbortSignal.any([session.signal, AbortSignal.timeout(PATIENCE_MS)]);
    const client = await session.stages.connect({
      ...(kubeconfig === undefined ? {} : { kubeconfig }),
      ...(context === undefined ? {} : { context }),
      env: session.env,
      timeoutMs: PATIENCE_MS,
      retryDelaysMs: [],
      signal,
    });
    try {
      return await ask(client, place);
    } finally {
      await client.close();
    }
  };
}

async function namesOf(client: ClusterClient, kind: 'namespaces' | 'services' | 'ingresses', namespace?: string) {
  const listed = await client.list(RESOURCES[kind], namespace === undefined ? {} : { namespace });
  return listed.ok ? listed.value.flatMap((each) => nameOf(each)?.name ?? []) : [];
}

function namespaces(client: ClusterClient): Promise<readonly string[]> {
  return namesOf(client, 'namespaces');
}

/** Hosts of Ingresses, and Services of the namespace; objects of another kind once the word says which. */
async function targets(client: ClusterClient, place: Value): Promise<readonly string[]> {
  const namespace = place.given.get('namespace') ?? client.namespace;
  const [, word = ''] = KIND_FIRST.exec(place.current) ?? [];
  if (kindCalled(word) === 'Ingress')
    return (await namesOf(client, 'ingresses', namespace)).map((name) => `${word}/${name}`);
  const ofKind = await workloadsOfKind(client, place);
  if (ofKind !== null) return ofKind;
  const [ingresses, services] = await Promise.all([
    client.list(RESOURCES.ingresses),
    namesOf(client, 'services', namespace),
  ]);
  const routes = ingresses.ok ? ingresses.value.flatMap((each) => readIngress(each, [])) : [];
  const hosts = routes.flatMap(({ host }) => (host === null || host.startsWith('*') ? [] : [host]));
  return [...hosts, ...services.map((name) => `svc/${name}`)];
}

async function workloads(client: ClusterClient, place: Value): Promise<readonly string[]> {
  const ofKind = await workloadsOfKind(client, place);
  if (ofKind !== null) return ofKind;
  const pods = await podsIn(client, {});
  return pods.map((pod) => `${pod.namespace}/${workloadOf(pod)}`);
}

/** `deploy/` as kubectl has it, in the namespace; null: no kind of workload is begun with. */
async function workloadsOfKind(client: ClusterClient, { given, current }: Value): Promise<readonly string[] | null> {
  const [, word = ''] = KIND_FIRST.exec(current) ?? [];
  const kind = kindCalled(word);
  if (!isWorkload(kind)) return null;
  const pods = await podsIn(client, { namespace: given.get('namespace') ?? client.namespace });
  return pods.flatMap((pod) => nameAs(pod, kind) ?? []).map((name) => `${word}/${name}`);
}

async function podsIn(client: ClusterClient, where: { namespace?: string }): Promise<readonly Pod[]> {
  const listed = await client.list(RESOURCES.pods, where);
  return listed.ok ? listed.value.flatMap((each) => readPod(each) ?? []) : [];
}

/** Of the history that is named, or of the default one. */
async function pastTargets({ given }: Value, session: Session): Promise<Values> {
  const { openHistoryFile } = await import('./history.ts');
  const past = await openHistoryFile(given.get('history') ?? null, session);
  try {
    return await past.targets();
  } finally {
    past.close();
  }
}

async function scenarios(): Promise<Values> {
  const { listScenarios } = await import('../lab/scenario/load-scenario.ts');
  return listScenarios();
}

async function catalogIds(): Promise<Values> {
  const { diagnoses } = await import('../judge/diagnoses/index.ts');
  const { timers } = await import('../judge/evidence/timer-catalogue.ts');
  return [...diagnoses, ...timers].map(({ id }) => id);
}
