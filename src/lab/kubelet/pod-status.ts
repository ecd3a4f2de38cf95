/** A pod's status from what its containers do. Pure. */
import type { KubeObject } from '../model.ts';

type Part = Record<string, any>;

/** What a container does now, in the API's own words. */
export type ContainerState =
  | { readonly waiting: { readonly reason: string; readonly message?: string } }
  | { readonly running: { readonly startedAt: string } }
  | { readonly terminated: Terminated };

export interface Terminated {
  readonly exitCode: number;
  readonly signal?: number;
  readonly reason: string;
  readonly message?: string;
  readonly startedAt: string;
  readonly finishedAt: string;
  /** Set where it ran at all. */
  readonly containerID?: string;
}

export interface ContainerFacts {
  readonly name: string;
  readonly image: string;
  readonly state: ContainerState;
  readonly lastState: ContainerState | null;
  readonly isReady: boolean;
  readonly isStarted: boolean;
  readonly restartCount: number;
}

export interface PodFacts {
  /** Empty: it has none yet. */
  readonly addresses: readonly string[];
  readonly hostAddresses: readonly string[];
  readonly startedAt: string;
  readonly initContainers: readonly ContainerFacts[];
  readonly containers: readonly ContainerFacts[];
  /** Those that were put into it while it ran; the pod's phase does not depend on them. */
  readonly ephemeralContainers: readonly ContainerFacts[];
  /** Set when the pod was ended from outside, e.g. DeadlineExceeded. */
  readonly ended: { readonly reason: string; readonly message: string } | null;
  readonly now: string;
}

/** The status to write, over the one that is there. Conditions of others are kept. */
export function podStatus(pod: KubeObject, facts: PodFacts): object {
  const phase = phaseOf(pod, facts);
  const hasEnded = phase === 'Succeeded' || phase === 'Failed';
  const isInitialized = facts.initContainers.every(hasSucceeded);
  const unready = facts.containers.filter((container) => !container.isReady).map((container) => container.name);
  const gates = ((pod['spec'].readinessGates ?? []) as Part[]).map(({ conditionType }) => String(conditionType));
  const unmet = gates.filter((gate) => conditionsOf(pod).find(({ type }) => type === gate)?.['status'] !== 'True');
  const containersReason = hasEnded ? (phase === 'Succeeded' ? 'PodCompleted' : 'PodFailed') : 'ContainersNotReady';
  const unreadyMessage = `containers with unready status: [${unready.join(' ')}]`;
  const containersReady = {
    isTrue: unready.length === 0 && !hasEnded,
    reason: containersReason,
    message: unreadyMessage,
  };
  const gateMessage = unmet
    .map((gate) => `corresponding condition of pod readiness gate "${gate}" does not exist.`)
    .join(', ');
  const ready = !containersReady.isTrue
    ? containersReady
    : { isTrue: unmet.length === 0, reason: 'ReadinessGatesNotReady', message: gateMessage };
  return {
    phase,
    ...(facts.ended !== null && { reason: facts.ended.reason, message: facts.ended.message }),
    hostIP: facts.hostAddresses[0],
    hostIPs: facts.hostAddresses.map((ip) => ({ ip })),
    ...(facts.addresses.length > 0 && { podIP: facts.addresses[0], podIPs: facts.addresses.map((ip) => ({ ip })) }),
    startTime: facts.startedAt,
    ...(facts.initContainers.length > 0 && { initContainerStatuses: facts.initContainers.map(containerStatus) }),
    containerStatuses: facts.containers.map(containerStatus),
    ...(facts.ephemeralContainers.length > 0 && {
      ephemeralContainerStatuses: facts.ephemeralContainers.map(containerStatus),
    }),
    conditions: merged(pod, facts.now, {
      PodReadyToStartContainers: { isTrue: facts.addresses.length > 0 && !hasEnded },
      Initialized: {
        isTrue: isInitialized,
        reason: 'ContainersNotInitialized',
        message: 'init containers have not completed',
      },
      Ready: ready,
      ContainersReady: containersReady,
      PodScheduled: { isTrue: true },
    }),
  };
}

/** How a pod stands, by its containers and restartPolicy. */
export function phaseOf(pod: KubeObject, facts: PodFacts): string {
  if (facts.ended !== null) return 'Failed';
  const policy = pod['spec'].restartPolicy;
  const failedInit = facts.initContainers.some(
    (container) => 'terminated' in container.state && !hasSucceeded(container),
  );
  if (failedInit && policy === 'Never') return 'Failed';
  if (!facts.initContainers.every(hasSucceeded)) return 'Pending';
  const isWaiting = facts.containers.some(({ state, restartCount }) => 'waiting' in state && restartCount === 0);
  const areOver = facts.containers.every(({ state }) => 'terminated' in state);
  const allSucceeded = facts.containers.every(hasSucceeded);
  if (areOver && (policy === 'Never' || (policy === 'OnFailure' && allSucceeded)))
    return allSucceeded ? 'Succeeded' : 'Failed';
  return isWaiting ? 'Pending' : 'Running';
}

function hasSucceeded({ state }: ContainerFacts): boolean {
  return 'terminated' in state && state.terminated.exitCode === 0;
}

function containerStatus(facts: ContainerFacts): object {
  const { name, image, state, lastState, isReady, isStarted, restartCount } = facts;
  return {
    name,
    image,
    imageID: image,
    state,
    lastState: lastState ?? {},
    ready: isReady,
    started: isStarted,
    restartCount,
  };
}

interface Claim {
  readonly isTrue: boolean;
  readonly reason?: string;
  readonly message?: string;
}

function merged(pod: KubeObject, now: string, claims: Readonly<Record<string, Claim>>): Part[] {
  const had = conditionsOf(pod);
  const own = Object.entries(claims).map(([type, claim]) => {
    const status = claim.isTrue ? 'True' : 'False';
    const before = had.find((condition) => condition['type'] === type);
    const lastTransitionTime = before?.['status'] === status ? before['lastTransitionTime'] : now;
    const why = claim.isTrue ? {} : { reason: claim.reason, message: claim.message };
    return { type, status, lastProbeTime: null, lastTransitionTime, ...why };
  });
  return [...had.filter((condition) => claims[condition['type']] === undefined), ...own];
}

function conditionsOf(pod: KubeObject): readonly Part[] {
  return pod['status']?.conditions ?? [];
}
