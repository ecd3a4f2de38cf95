/**
 * Guards the privileged namespace: Pod Security has no level between "anything" and "no host network", and who may create pods
 * where anything goes is root on every node. Pure.
 */
import type { ApiObject } from '../api/cluster-client.ts';
import type { Kind } from './kinds.ts';

/** CEL with optional fields (kubernetes.io, "Common Expression Language in Kubernetes"); each with what it says when it fails. */
const VALIDATIONS = [
  {
    expression: '!object.spec.?hostPID.orValue(false) && !object.spec.?hostIPC.orValue(false)',
    message: 'probes share only the network of the host',
  },
  {
    expression: 'object.spec.?volumes.orValue([]).all(v, has(v.configMap) || has(v.downwardAPI))',
    message: 'probes mount only ConfigMaps and what the kubelet tells of their pod',
  },
  {
    expression: [
      'object.spec.?securityContext.?runAsNonRoot.orValue(false)',
      'object.spec.?securityContext.?runAsUser.orValue(1) != 0',
      'object.spec.?securityContext.?sysctls.orValue([]).size() == 0',
      "object.spec.?securityContext.?seccompProfile.?type.orValue('') == 'RuntimeDefault'",
      '!object.spec.?securityContext.?windowsOptions.?hostProcess.orValue(false)',
    ].join(' && '),
    message: 'probes run as nobody, with the seccomp profile of the runtime and without sysctls',
  },
  {
    expression: `variables.containers.all(c, ${[
      '!c.?securityContext.?allowPrivilegeEscalation.orValue(true)',
      '!c.?securityContext.?privileged.orValue(false)',
      'c.?securityContext.?runAsNonRoot.orValue(true)',
      'c.?securityContext.?runAsUser.orValue(1) != 0',
      "'ALL' in c.?securityContext.?capabilities.?drop.orValue([])",
      'c.?securityContext.?capabilities.?add.orValue([]).size() == 0',
      "c.?securityContext.?seccompProfile.?type.orValue('RuntimeDefault') == 'RuntimeDefault'",
      '!c.?securityContext.?windowsOptions.?hostProcess.orValue(false)',
    ].join(' && ')})`,
    message: 'containers of probes have no privileges and no capabilities',
  },
] as const;

export interface Guard {
  readonly apiVersion: string;
  readonly kind: Extract<Kind, `ValidatingAdmissionPolicy${string}`>;
  readonly name: string;
  readonly spec: ApiObject;
}

/** Both are called as the namespace that they guard. */
export function hostPodPolicy(namespace: string): Guard[] {
  const apiVersion = 'admissionregistration.k8s.io/v1';
  const rule = { apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE', 'UPDATE'] };
  const containers = ['containers', 'initContainers', 'ephemeralContainers'];
  const policy = {
    failurePolicy: 'Fail',
    matchConstraints: {
      resourceRules: [{ ...rule, resources: ['pods', 'pods/ephemeralcontainers'] }],
      namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': namespace } },
    },
    variables: [
      { name: 'containers', expression: containers.map((each) => `object.spec.?${each}.orValue([])`).join(' + ') },
    ],
    validations: VALIDATIONS,
  };
  const binding = { policyName: namespace, validationActions: ['Deny'] };
  return [
    { apiVersion, kind: 'ValidatingAdmissionPolicy', name: namespace, spec: policy },
    { apiVersion, kind: 'ValidatingAdmissionPolicyBinding', name: namespace, spec: binding },
  ];
}
