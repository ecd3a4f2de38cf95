import { expect, test } from 'vitest';
import { hostPodPolicy } from '../../src/install/host-pod-policy.ts';

const [policy, binding] = hostPodPolicy('kprobe-host');

test('guards its own namespace and no other, at once and for later additions to a pod', () => {
  expect(policy?.spec).toMatchObject({
    failurePolicy: 'Fail',
    matchConstraints: {
      namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'kprobe-host' } },
      resourceRules: [{ operations: ['CREATE', 'UPDATE'], resources: ['pods', 'pods/ephemeralcontainers'] }],
    },
  });
  expect(binding?.spec).toEqual({ policyName: 'kprobe-host', validationActions: ['Deny'] });
});

test.for(['containers', 'initContainers', 'ephemeralContainers'])('looks at %s', (kind) => {
  expect(JSON.stringify(policy?.spec)).toContain(`object.spec.?${kind}.orValue([])`);
});

test.for([
  'hostPID',
  'hostIPC',
  'volumes',
  'sysctls',
  'runAsNonRoot',
  'runAsUser',
  'privileged',
  'allowPrivilegeEscalation',
  'capabilities.?add',
  'capabilities.?drop',
  'hostProcess',
  'seccompProfile',
])('says what %s may be', (field) => {
  expect(JSON.stringify(policy?.spec)).toContain(field);
});

test('says nothing against the host network, which is what the namespace is for', () => {
  expect(JSON.stringify(policy?.spec)).not.toMatch(/hostNetwork|hostPort/);
});
