/** Waits until the workloads are in the state that they will reach. */
import type { KubeObject, Store } from './model.ts';

export interface AwaitReadyOptions {
  /** The longest to wait, in milliseconds; what is not ready then counts as broken by intent. */
  readonly limitMs: number;
}

/** How long nothing may have changed before pods that are known to be broken are taken as they are, in milliseconds. */
const STILL_MS = 400;

/** Resolves to the pods that are not ready, as `namespace/name: why`; empty when all is well. */
export async function awaitReady(store: Store, { limitMs }: AwaitReadyOptions): Promise<string[]> {
  const end = performance.now() + limitMs;
  let changedAt = performance.now();
  for (;;) {
    const left = end - performance.now();
    if (isComplete(store)) return [];
    const still = performance.now() - changedAt >= STILL_MS;
    const pods = store.list('pods');
    if (left <= 0 || (still && isAsComplete(store) && pods.every((pod) => isReady(pod) || isBroken(pod)))) {
      return pods.filter((pod) => !isReady(pod)).map(describe);
    }
    if (await changes(store, Math.min(left, STILL_MS))) changedAt = performance.now();
  }
}

/** Until readiness probes have given up these pods, which nobody asks any more; or until `limitMs` is over. */
export async function awaitUnready(
  store: Store,
  uids: ReadonlySet<string>,
  { limitMs }: AwaitReadyOptions,
): Promise<void> {
  const end = performance.now() + limitMs;
  const isLeft = () => store.list('pods').some((pod) => uids.has(pod.metadata.uid ?? '') && isReady(pod));
  while (uids.size > 0 && isLeft() && performance.now() < end) await changes(store, STILL_MS);
}

/** Every workload has the pods it wants, and each is ready. */
function isComplete(store: Store): boolean {
  return isAsComplete(store) && store.list('pods').every(isReady);
}

/** Every workload has as many pods as it wants, in whatever state. */
function isAsComplete(store: Store): boolean {
  const replicas = ['deployments', 'statefulsets'].flatMap((resource) =>
    store.list(resource).map(({ spec, status }) => (status?.replicas ?? 0) === (spec?.replicas ?? 1)),
  );
  const daemons = store
    .list('daemonsets')
    .map(
      ({ status }) =>
        status?.desiredNumberScheduled !== undefined && status.currentNumberScheduled === status.desiredNumberScheduled,
    );
  return [...replicas, ...daemons].every(Boolean);
}

function isReady({ status, metadata }: KubeObject): boolean {
  if (metadata.deletionTimestamp !== undefined) return false;
  if (status?.phase === 'Succeeded') return true;
  return (status?.conditions ?? []).some((each: Condition) => each.type === 'Ready' && each.status === 'True');
}

interface Condition {
  type: string;
  status: string;
  reason?: string;
  message?: string;
}
interface ContainerStatus {
  restartCount?: number;
  state?: { waiting?: { reason?: string }; terminated?: object };
}

/** Waiting for something that will not come by itself. */
function isBroken({ status }: KubeObject): boolean {
  if (status?.phase === 'Failed') return true;
  const unschedulable = (status?.conditions ?? []).some((each: Condition) => each.reason === 'Unschedulable');
  const containers: ContainerStatus[] = [
    ...(status?.initContainerStatuses ?? []),
    ...(status?.containerStatuses ?? []),
  ];
  const waiting = containers.map(({ state }) => state?.waiting?.reason ?? '');
  return unschedulable || waiting.some((reason) => /BackOff|ErrImage|InvalidImage|CreateContainer/u.test(reason));
}

function describe({ metadata, status }: KubeObject): string {
  const condition = (status?.conditions ?? []).find((each: Condition) => each.status !== 'True' && each.message);
  const waiting = (status?.containerStatuses ?? [])
    .map(({ state }: ContainerStatus) => state?.waiting?.reason)
    .find(Boolean);
  return `${metadata.namespace}/${metadata.name}: ${waiting ?? condition?.message ?? status?.phase ?? 'not started'}`;
}

async function changes(store: Store, limitMs: number): Promise<boolean> {
  return new Promise((resolve) => {
    const done = (changed: boolean) => {
      clearTimeout(timer);
      stop();
      resolve(changed);
    };
    const timer = setTimeout(() => done(false), limitMs);
    const stop = store.onChange(() => done(true));
  });
}
