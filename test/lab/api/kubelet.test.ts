import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { KubeObject } from '../../../src/lab/model.ts';
import { startTestNode, type TestNode } from './test-node.ts';

const shell = (script: string, more: object = {}) => ({
  name: 'a',
  image: 'busybox',
  command: ['sh', '-c', script],
  ...more,
});
const conditionOf = (pod: KubeObject | null, type: string): { status: string; reason?: string } | undefined =>
  (pod?.['status'].conditions ?? []).find((condition: { type: string }) => condition.type === type);
const stateOf = (pod: KubeObject | null) => pod?.['status'].containerStatuses?.[0];

describe.each([{ asUser: false }, { asUser: true }])('a kubelet (asUser: $asUser)', ({ asUser }) => {
  let node: TestNode;
  // Only root can show what root sees.
  const isSkipped = !asUser && process.getuid?.() !== 0;
  beforeAll(() => {
    if (!isSkipped) node = startTestNode({ asUser });
  });
  afterAll(() => node?.[Symbol.asyncDispose]());

  const run = async (name: string, spec: object, metadata: object = {}) => {
    await node.call('put', 'pods', {
      metadata: { name, ...metadata },
      spec: { terminationGracePeriodSeconds: 1, ...spec },
    });
  };
  const ended = (name: string) =>
    node.until(async () => {
      const pod = await node.pod(name);
      return ['Succeeded', 'Failed'].includes(pod?.['status'].phase) && pod;
    });
  const isReady = (name: string) =>
    node.until(async () => conditionOf(await node.pod(name), 'Ready')?.status === 'True');

  test.skipIf(isSkipped)('gives a container its own root, host name, resolver and environment', async () => {
    const script =
      'hostname; cat /etc/resolv.conf; echo $IP $NODE; ls -A /tmp | grep -vx "$OWN"; touch /x && echo wrote; touch /usr/x 2>/dev/null || echo refused; ls /etc/passwd';
    const env = [
      { name: 'IP', valueFrom: { fieldRef: { fieldPath: 'status.podIP' } } },
      { name: 'NODE', valueFrom: { fieldRef: { fieldPath: 'spec.nodeName' } } },
      // A checkout below /tmp is mounted into the pod's own /tmp, which holds nothing else.
      { name: 'OWN', value: process.cwd().startsWith('/tmp/') ? (process.cwd().split('/')[2] ?? '') : 'nothing' },
    ];
    await run('look', { restartPolicy: 'Never', containers: [shell(script, { env })] });
    expect((await ended('look'))['status'].phase).toBe('Succeeded');
    expect(await node.log('look')).toEqual([
      'look',
      'search default.svc.cluster.local svc.cluster.local cluster.local',
      'nameserver 10.96.0.10',
      'options ndots:5',
      '127.0.0.1 n1',
      'wrote',
      'refused',
      '/etc/passwd',
    ]);
  });

  test.skipIf(isSkipped)('takes all rights from a restricted container', async () => {
    const securityContext = {
      runAsNonRoot: true,
      runAsUser: 65_532,
      readOnlyRootFilesystem: true,
      allowPrivilegeEscalation: false,
      capabilities: { drop: ['ALL'] },
    };
    const script =
      'id -u; grep -E "CapEff|CapBnd|NoNewPrivs" /proc/self/status; touch /x 2>/dev/null || echo read-only';
    await run('tight', { restartPolicy: 'Never', containers: [shell(script, { securityContext })] });
    await ended('tight');
    expect(await node.log('tight')).toEqual([
      asUser ? '0' : '65532',
      'CapEff:\t0000000000000000',
      'CapBnd:\t0000000000000000',
      'NoNewPrivs:\t1',
      'read-only',
    ]);
  });

  test.skipIf(isSkipped)(
    'keeps ConfigMap and annotation files up to date, also where the machine has such a folder',
    async () => {
      await node.call('put', 'configmaps', { metadata: { name: 'c' }, data: { file: 'one' } });
      const spec = {
        volumes: [
          { name: 'c', configMap: { name: 'c' } },
          {
            name: 'd',
            downwardAPI: { items: [{ path: 'peers', fieldRef: { fieldPath: "metadata.annotations['peers']" } }] },
          },
        ],
        containers: [
          shell('while :; do echo $(cat /etc/own/c/file) $(cat /opt/d/peers); sleep 0.05; done', {
            volumeMounts: [
              { name: 'c', mountPath: '/etc/own/c' },
              { name: 'd', mountPath: '/opt/d' },
            ],
          }),
        ],
      };
      await run('files', spec, { annotations: { peers: 'none' } });
      await node.until(async () => (await node.log('files')).includes('one none'));
      await node.call('put', 'configmaps', { metadata: { name: 'c' }, data: { file: 'two' } });
      await node.until(async () => (await node.log('files')).includes('two none'));
      const pod = await node.pod('files');
      await node.call('put', 'pods', { ...pod, metadata: { ...pod?.metadata, annotations: { peers: 'some' } } });
      await node.until(async () => (await node.log('files')).includes('two some'));
      await node.call('delete', 'pods', 'default', 'files');
      await node.until(async () => (await node.pod('files')) === null);
    },
  );

  test.skipIf(isSkipped)('waits for a ConfigMap that is missing', async () => {
    const spec = {
      volumes: [{ name: 'l', configMap: { name: 'late' } }],
      containers: [shell('echo started', { volumeMounts: [{ name: 'l', mountPath: '/l' }] })],
    };
    await run('patient', { restartPolicy: 'Never', ...spec });
    await node.until(async () => stateOf(await node.pod('patient'))?.state.waiting?.reason === 'ContainerCreating');
    await node.call('put', 'configmaps', { metadata: { name: 'late' } });
    expect((await ended('patient'))['status'].phase).toBe('Succeeded');
  });

  test.skipIf(isSkipped)('runs init containers first, with shared volumes', async () => {
    const volumeMounts = [{ name: 'e', mountPath: '/e' }];
    await run('init', {
      restartPolicy: 'Never',
      volumes: [{ name: 'e', emptyDir: {} }],
      initContainers: [{ ...shell('echo first > /e/x', { volumeMounts }), name: 'i' }],
      containers: [shell('cat /e/x', { volumeMounts })],
    });
    await ended('init');
    expect(await node.log('init')).toEqual(['first']);
  });

  test.skipIf(isSkipped)('calls a pod ready by its probes, and its gates', async () => {
    const serve = "require('http').createServer((q, r) => r.end()).listen(18080)";
    const readinessProbe = { httpGet: { path: '/', port: 'web' }, periodSeconds: 1 };
    const container = {
      name: 'a',
      image: 'node:24-slim',
      args: ['-e', serve],
      ports: [{ name: 'web', containerPort: 18_080 }],
      readinessProbe,
    };
    await run('probed', { containers: [container] });
    await isReady('probed');
    const exec = { exec: { command: ['sh', '-c', 'hostname | grep -q gated && test -e /ready'] }, periodSeconds: 1 };
    await run('gated', {
      readinessGates: [{ conditionType: 'x/y' }],
      containers: [shell('touch /ready; exec sleep 1000', { readinessProbe: exec })],
    });
    await node.until(async () => conditionOf(await node.pod('gated'), 'ContainersReady')?.status === 'True');
    expect(conditionOf(await node.pod('gated'), 'Ready')).toMatchObject({
      status: 'False',
      reason: 'ReadinessGatesNotReady',
    });
    const conditions = [...(await node.pod('gated'))!['status'].conditions, { type: 'x/y', status: 'True' }];
    await node.call('putStatus', 'default', 'gated', { conditions });
    await isReady('gated');
  });

  test.skipIf(isSkipped)('restarts what its liveness probe gives up', async () => {
    const livenessProbe = { tcpSocket: { port: 1 }, periodSeconds: 1, failureThreshold: 1 };
    await run('dying', { terminationGracePeriodSeconds: 0, containers: [shell('exec sleep 1000', { livenessProbe })] });
    await node.until(async () => stateOf(await node.pod('dying'))?.restartCount > 0);
  });

  test.skipIf(isSkipped)('backs off from a container that crashes and from an image that it has not', async () => {
    await run('crash', { containers: [shell('exit 3')] });
    await run('unknown', { containers: [{ name: 'a', image: 'example.com/none:1' }] });
    const crashed = await node.until(async () => {
      const status = stateOf(await node.pod('crash'));
      return status?.state.waiting?.reason === 'CrashLoopBackOff' && status;
    });
    expect(crashed.lastState.terminated.exitCode).toBe(3);
    await node.until(async () => stateOf(await node.pod('unknown'))?.state.waiting?.reason === 'ImagePullBackOff');
  });

  test.skipIf(isSkipped)('ends a pod at its deadline', async () => {
    await run('late-pod', { activeDeadlineSeconds: 1, containers: [shell('exec sleep 1000')] });
    expect((await ended('late-pod'))['status']).toMatchObject({ phase: 'Failed', reason: 'DeadlineExceeded' });
  });

  test.skipIf(isSkipped)('kills after the grace what ignores SIGTERM, with all that it started', async () => {
    await run('stubborn', { containers: [shell('trap "" TERM; sleep 1000 & while :; do sleep 0.1; done')] });
    await node.until(async () => (await node.pod('stubborn'))?.['status'].phase === 'Running');
    await node.call('delete', 'pods', 'default', 'stubborn');
    await node.until(async () => (await node.pod('stubborn')) === null);
  });
});
