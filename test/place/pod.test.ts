import { describe, expect, test } from 'vitest';
import type { PullChoice } from '../../src/model/request.ts';
import { DEFAULT_PULL } from '../../src/place/default-image.ts';
import { podManifest } from '../../src/place/pod.ts';
import { podName } from '../../src/place/names.ts';
import { at, flagAt, listAt, mapAt, textAt } from '../../src/api/fields.ts';
import { agent, assignment } from './agents.ts';
import type { Agent } from '../../src/model/plan.ts';

function manifest(who: Agent, ports: readonly number[] = [0], pull: PullChoice = DEFAULT_PULL) {
  const name = podName('r1', who, 3);
  const settings = { run: 'r1', image: 'node:24-slim', pull, lastsMs: 80_500 };
  return podManifest({ agent: who, assignment: assignment(who.id, [], ports), name, ownerUid: 'u1', settings });
}

const LABELS = { app: 'web', 'pod-template-hash': 'a', 'app.kubernetes.io/managed-by': 'Helm' };

describe('a pod', () => {
  test.for(['control', 'host', 'twin'] as const)(
    'of a %s meets Pod Security "restricted" but for the host network',
    (kind) => {
      const pod = manifest(agent(kind, 'n1', LABELS));
      const container = listAt(pod, 'spec', 'containers')[0];
      expect(at(pod, 'spec', 'securityContext')).toMatchObject({
        runAsNonRoot: true,
        seccompProfile: { type: 'RuntimeDefault' },
      });
      expect(at(container, 'securityContext')).toEqual({
        allowPrivilegeEscalation: false,
        readOnlyRootFilesystem: true,
        capabilities: { drop: ['ALL'] },
      });
      expect(listAt(pod, 'spec', 'volumes').map((each) => Object.keys(each as object)[1])).toEqual([
        'configMap',
        'downwardAPI',
      ]);
      expect(at(pod, 'spec', 'automountServiceAccountToken')).toBe(false);
      expect(flagAt(pod, 'spec', 'hostNetwork')).toBe(kind === 'host');
    },
  );

  test.for(['control', 'host', 'twin'] as const)('of a %s ends by itself and belongs to its run', (kind) => {
    const pod = manifest(agent(kind, 'n1'));
    expect(at(pod, 'spec', 'activeDeadlineSeconds')).toBe(81);
    expect(textAt(pod, 'spec', 'restartPolicy')).toBe('Never');
    expect(at(pod, 'metadata', 'ownerReferences')).toEqual([
      {
        apiVersion: 'v1',
        kind: 'ConfigMap',
        name: 'kprobe-r1',
        uid: 'u1',
        controller: true,
        blockOwnerDeletion: false,
      },
    ]);
    expect(mapAt(pod, 'metadata', 'labels')['kprobe.dev/run']).toBe('r1');
  });

  test('of a twin has exactly the labels of the pod it copies, and the run, and is never Ready', () => {
    const pod = manifest(agent('twin', 'n1', LABELS));
    expect(mapAt(pod, 'metadata', 'labels')).toEqual({ ...LABELS, 'kprobe.dev/run': 'r1' });
    expect(listAt(pod, 'spec', 'readinessGates')).toHaveLength(1);
    expect(listAt(manifest(agent('control', 'n1')), 'spec', 'readinessGates')).toHaveLength(0);
  });

  test('of a twin resolves names as the pod it copies, and of others as any pod or node does', () => {
    const config = { nameservers: ['192.0.2.53'], searches: ['corp.example.com'], options: ['ndots:2', 'edns0'] };
    const twin = manifest({ ...agent('twin', 'n1'), dns: { policy: 'None', config } });
    expect(textAt(twin, 'spec', 'dnsPolicy')).toBe('None');
    expect(at(twin, 'spec', 'dnsConfig')).toEqual({
      ...config,
      options: [{ name: 'ndots', value: '2' }, { name: 'edns0' }],
    });
    expect(at(manifest(agent('twin', 'n1')), 'spec')).not.toHaveProperty('dnsPolicy');
    expect(textAt(manifest(agent('host', 'n1')), 'spec', 'dnsPolicy')).toBe('ClusterFirstWithHostNet');
  });

  test('pulls its image as asked', () => {
    const usual = manifest(agent('control', 'n1'));
    expect(at(usual, 'spec', 'imagePullSecrets')).toBeUndefined();
    expect(textAt(listAt(usual, 'spec', 'containers')[0], 'imagePullPolicy')).toBe('IfNotPresent');
    const asked = manifest(agent('control', 'n1'), [0], { secrets: ['a', 'b'], policy: 'Never' });
    expect(listAt(asked, 'spec', 'imagePullSecrets')).toEqual([{ name: 'a' }, { name: 'b' }]);
    expect(textAt(listAt(asked, 'spec', 'containers')[0], 'imagePullPolicy')).toBe('Never');
  });

  test('goes through the scheduler to its node, past every taint', () => {
    const pod = manifest(agent('control', 'node-7'));
    expect(JSON.stringify(at(pod, 'spec', 'affinity'))).toContain(
      '{"key":"metadata.name","operator":"In","values":["node-7"]}',
    );
    expect(at(pod, 'spec', 'nodeName')).toBeUndefined();
    expect(listAt(pod, 'spec', 'tolerations')).toEqual([
      { operator: 'Exists', effect: 'NoSchedule' },
      { operator: 'Exists', effect: 'NoExecute' },
    ]);
  });

  test.for<[Agent['kind'], readonly number[], boolean]>([
    ['control', [0], false],
    ['control', [0, 8080], false],
    ['control', [0, 80], true],
    ['host', [0, 80], false],
  ])('of a %s that answers on %j may have low ports: %s', ([kind, ports, expected]) => {
    const sysctls = listAt(manifest(agent(kind, 'n1'), ports), 'spec', 'securityContext', 'sysctls');
    expect(sysctls).toEqual(expected ? [{ name: 'net.ipv4.ip_unprivileged_port_start', value: '0' }] : []);
  });

  test.for([
    'twin:web-578995477@node1',
    'as:Very.Odd/Name@' + 'x'.repeat(100),
    '@@@',
    'host@ip-10-0-0-1.eu-west-1.compute.internal',
  ])('of agent %s has a name that is a hostname', (id) => {
    expect(podName('abc123', { ...agent('twin', 'n1'), id }, 12)).toMatch(/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])$/);
  });
});
