import { describe, expect, test } from 'vitest';
import {
  phaseOf,
  podStatus,
  type ContainerFacts,
  type ContainerState,
  type PodFacts,
} from '../../../src/lab/kubelet/pod-status.ts';
import type { KubeObject } from '../../../src/lab/model.ts';

const at = '2026-01-01T00:00:00Z';
const running: ContainerState = { running: { startedAt: at } };
const waiting: ContainerState = { waiting: { reason: 'ContainerCreating' } };
const exited = (exitCode: number): ContainerState => ({
  terminated: { exitCode, reason: 'x', startedAt: at, finishedAt: at },
});

const container = (state: ContainerState, more: Partial<ContainerFacts> = {}): ContainerFacts => ({
  name: 'a',
  image: 'i',
  state,
  lastState: null,
  isReady: false,
  isStarted: false,
  restartCount: 0,
  ...more,
});
const pod = (spec: object = {}, status: object = {}): KubeObject =>
  ({ metadata: { name: 'p' }, spec: { restartPolicy: 'Always', ...spec }, status }) as unknown as KubeObject;
const facts = (containers: ContainerFacts[], more: Partial<PodFacts> = {}): PodFacts => ({
  addresses: ['10.0.0.1'],
  hostAddresses: ['172.30.0.11'],
  startedAt: at,
  initContainers: [],
  containers,
  ephemeralContainers: [],
  ended: null,
  now: at,
  ...more,
});

test.for([
  ['Always', [waiting], 'Pending'],
  ['Always', [running], 'Running'],
  ['Always', [exited(1)], 'Running'],
  ['Never', [exited(0)], 'Succeeded'],
  ['Never', [exited(0), exited(2)], 'Failed'],
  ['Never', [exited(0), running], 'Running'],
  ['OnFailure', [exited(1)], 'Running'],
  ['OnFailure', [exited(0)], 'Succeeded'],
] as const)('with restartPolicy %s, %j is %s', ([restartPolicy, states, expected]) => {
  expect(phaseOf(pod({ restartPolicy }), facts(states.map((state) => container(state))))).toBe(expected);
});

test('a container that crashed and waits does not make the pod pending again', () => {
  expect(phaseOf(pod(), facts([container(waiting, { restartCount: 2 })]))).toBe('Running');
});

test('a failed init container ends a pod that must not restart', () => {
  const initContainers = [container(exited(1))];
  expect(phaseOf(pod({ restartPolicy: 'Never' }), facts([container(waiting)], { initContainers }))).toBe('Failed');
  expect(phaseOf(pod(), facts([container(waiting)], { initContainers }))).toBe('Pending');
});

describe('Ready', () => {
  const gated = { readinessGates: [{ conditionType: 'kprobe.dev/never' }] };
  const readyOf = (of: KubeObject, isReady = true) => {
    const { conditions } = podStatus(of, facts([container(running, { isReady })])) as {
      conditions: { type: string; status: string; reason?: string }[];
    };
    return conditions.find(({ type }) => type === 'Ready');
  };

  test('follows the containers', () => {
    expect(readyOf(pod())?.status).toBe('True');
    expect(readyOf(pod(), false)).toMatchObject({ status: 'False', reason: 'ContainersNotReady' });
  });

  test('waits for a readiness gate that nobody sets', () => {
    expect(readyOf(pod(gated))).toMatchObject({ status: 'False', reason: 'ReadinessGatesNotReady' });
  });

  test('comes with the gate', () => {
    expect(readyOf(pod(gated, { conditions: [{ type: 'kprobe.dev/never', status: 'True' }] }))?.status).toBe('True');
  });
});
