/**
 * Guards the privileged namespace: Pod Security has no level between "anything" and "no host network", and who may create pods
 * where anything goes is root on every node. Pure.
 */
import type { ApiObject } from '../api/cluster-client.ts';
import type { Kind } from './kinds.ts';

/**
 * Who may create these (kubernetes.io, "Validating Admission Policy: Authorizer checks"; nothing of the kind exists but the right) may create the
 * one pod that needs more: it changes packet filters, and so has CAP_NET_ADMIN (and CAP_NET_RAW, to read the counters of iptables-legacy), which only root's programs keep in a container.
 */
export const TRACER = { group: 'kprobe.dev', resource: 'tracers' } as const;
/** An hour is the longest run (options.ts), and a pod may take a minute to start. */
const LONGEST_S = 3660;

/** Exactly the pod of `--trace-rules` (place/pod.ts): one container, kprobe's agent, that ends by itself. */
function isTracer(namespace: string): string {
  const container = 'object.spec.containers[0]';
  const added = `${container}.?securityContext.?capabilities.?add`;
  return [
    'object.spec.?hostNetwork.orValue(false)',
    'variables.containers.size() == 1 && object.spec.containers.size() == 1',
    `object.spec.?activeDeadlineSeconds.orValue(${LONGEST_S + 1}) <= ${LONGEST_S}`,
    `${container}.?command.orValue([]).size() == 6 && ${container}.?args.orValue([]).size() == 0`,
    `${container}.command[0] == 'node' && ${container}.command[3] == '/kprobe/agent.mjs'`,
    `${container}.?stdin.orValue(false) && ${container}.?stdinOnce.orValue(false)`,
    `${container}.?env.orValue([]).size() == 0 && ${container}.?envFrom.orValue([]).size() == 0`,
    `${added}.orValue([]).exists(c, c == 'NET_ADMIN') && ${added}.orValue([]).all(c, c in ['NET_ADMIN', 'NET_RAW'])`,
    `${container}.?securityContext.?readOnlyRootFilesystem.orValue(false)`,
    // Of a pod that is there only what says nothing of rights can be changed.
    `(request.operation == 'UPDATE' || authorizer.group('${TRACER.group}').resource('${TRACER.resource}').namespace('${namespace}').check('create').allowed())`,
  ].join(' && ');
}

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
      '(variables.isTracer || object.spec.?securityContext.?runAsNonRoot.orValue(false))',
      '(variables.isTracer || object.spec.?securityContext.?runAsUser.orValue(1) != 0)',
      'object.spec.?securityContext.?sysctls.orValue([]).size() == 0',
      "object.spec.?securityContext.?seccompProfile.?type.orValue('') == 'RuntimeDefault'",
      '!object.spec.?securityContext.?windowsOptions.?hostProcess.orValue(false)',
    ].join(' && '),
    message:
      'probes run as nobody, with the seccomp profile of the runtime and without sysctls; as root only the tracer of who may create tracers.kprobe.dev',
  },
  {
    expression: `variables.containers.all(c, ${[
      '!c.?securityContext.?allowPrivilegeEscalation.orValue(true)',
      '!c.?securityContext.?privileged.orValue(false)',
      'c.?securityContext.?runAsNonRoot.orValue(true)',
      'c.?securityContext.?runAsUser.orValue(1) != 0',
      "'ALL' in c.?securityContext.?capabilities.?drop.orValue([])",
      '(variables.isTracer || c.?securityContext.?capabilities.?add.orValue([]).size() == 0)',
      "c.?securityContext.?seccompProfile.?type.orValue('RuntimeDefault') == 'RuntimeDefault'",
      '!c.?securityContext.?windowsOptions.?hostProcess.orValue(false)',
    ].join(' && ')})`,
    message:
      'containers of probes have no privileges and no capabilities; NET_ADMIN and NET_RAW only the tracer of who may create tracers.kprobe.dev',
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
      { name: 'isTracer', expression: isTracer(namespace) },
    ],
    validations: VALIDATIONS,
  };
  const binding = { policyName: namespace, validationActions: ['Deny'] };
  return [
    { apiVersion, kind: 'ValidatingAdmissionPolicy', name: namespace, spec: policy },
    { apiVersion, kind: 'ValidatingAdmissionPolicyBinding', name: namespace, spec: binding },
  ];
}
