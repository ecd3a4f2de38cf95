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
  expect(JSON.stringify(policy?.spec['validations'])).not.toMatch(/hostNetwork|hostPort/);
});

test('root and NET_ADMIN only for the tracer of who has the right to create tracers, and nothing else of it is excused', () => {
  const { variables, validations } = (policy?.spec ?? {}) as {
    variables: { name: string; expression: string }[];
    validations: { expression: string }[];
  };
  const tracer = variables.find(({ name }) => name === 'isTracer')?.expression ?? '';
  expect(tracer).toContain(
    "authorizer.group('kprobe.dev').resource('tracers').namespace('kprobe-host').check('create').allowed()",
  );
  expect(tracer).toContain("all(c, c in ['NET_ADMIN', 'NET_RAW'])");
  expect(tracer).toContain("command[3] == '/kprobe/agent.mjs'");
  const excused = validations
    .flatMap(({ expression }) => expression.match(/\(variables\.isTracer \|\| [^|]*?\)(?= &&|\)?$)/gu) ?? [])
    .map((each) =>
      /securityContext\.\?(\w+)(?:\.\?(\w+))?/u
        .exec(each)
        ?.slice(1)
        .join('.')
        .replace(/\.$|\.orValue$/u, ''),
    );
  expect(excused).toEqual(['runAsNonRoot', 'runAsUser', 'capabilities.add']);
});
