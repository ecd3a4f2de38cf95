/** What the API server fills in at admission, so that clients see objects as a real cluster serves them. */
import { defaultPod, defaultPodSpec } from './pod-defaults.ts';

type Draft = Record<string, any>;

/** Fills in defaults by plural resource name; changes the draft in place. Shapes were checked before. */
export function applyDefaults(plural: string, draft: Draft): void {
  DEFAULTS[plural]?.(draft);
}

const DEFAULTS: Readonly<Record<string, (draft: Draft) => void>> = {
  namespaces(draft) {
    draft['metadata'].labels = { ...draft['metadata'].labels, 'kubernetes.io/metadata.name': draft['metadata'].name };
    draft['spec'] ??= { finalizers: ['kubernetes'] };
    draft['status'] ??= { phase: 'Active' };
  },
  pods(draft) {
    defaultPodSpec(draft['spec']);
    defaultPod(draft);
  },
  services: defaultService,
  networkpolicies: defaultNetworkPolicy,
  deployments(draft) {
    const spec = draft['spec'];
    defaultTemplate(spec);
    spec.replicas ??= 1;
    spec.strategy ??= { type: 'RollingUpdate', rollingUpdate: { maxSurge: '25%', maxUnavailable: '25%' } };
    spec.revisionHistoryLimit ??= 10;
    spec.progressDeadlineSeconds ??= 600;
  },
  replicasets(draft) {
    defaultTemplate(draft['spec']);
    draft['spec'].replicas ??= 1;
  },
  daemonsets(draft) {
    defaultTemplate(draft['spec']);
    draft['spec'].updateStrategy ??= { type: 'RollingUpdate', rollingUpdate: { maxSurge: 0, maxUnavailable: 1 } };
    draft['spec'].revisionHistoryLimit ??= 10;
  },
  statefulsets(draft) {
    const spec = draft['spec'];
    defaultTemplate(spec);
    spec.replicas ??= 1;
    spec.podManagementPolicy ??= 'OrderedReady';
    spec.updateStrategy ??= { type: 'RollingUpdate', rollingUpdate: { partition: 0 } };
  },
  jobs: defaultJob,
  cronjobs(draft) {
    draft['spec'].concurrencyPolicy ??= 'Allow';
    draft['spec'].suspend ??= false;
  },
  endpointslices(draft) {
    draft['addressType'] ??= 'IPv4';
    for (const port of draft['ports'] ?? []) {
      port.name ??= '';
      port.protocol ??= 'TCP';
    }
  },
  ingressclasses() {},
  secrets(draft) {
    draft['type'] ??= 'Opaque';
    const data: Draft = { ...draft['data'] };
    for (const [key, value] of Object.entries(draft['stringData'] ?? {})) {
      data[key] = Buffer.from(String(value)).toString('base64');
    }
    delete draft['stringData'];
    if (Object.keys(data).length > 0) draft['data'] = data;
  },
};

function defaultTemplate(spec: Draft): void {
  spec['template'].metadata ??= {};
  defaultPodSpec(spec['template'].spec);
}

function defaultService(draft: Draft): void {
  const spec = draft['spec'];
  spec.type ??= 'ClusterIP';
  spec.sessionAffinity ??= 'None';
  if (spec.type === 'ExternalName') return;
  spec.internalTrafficPolicy ??= 'Cluster';
  if (spec.type !== 'ClusterIP') spec.externalTrafficPolicy ??= 'Cluster';
  for (const port of spec.ports ?? []) {
    port.protocol ??= 'TCP';
    port.targetPort ??= port.port;
  }
  draft['status'] ??= { loadBalancer: {} };
}

/** Ingress always; Egress only where egress rules are written down. */
function defaultNetworkPolicy(draft: Draft): void {
  const spec = draft['spec'];
  spec.podSelector ??= {};
  spec.policyTypes ??= (spec.egress ?? []).length > 0 ? ['Ingress', 'Egress'] : ['Ingress'];
  for (const rule of [...(spec.ingress ?? []), ...(spec.egress ?? [])]) {
    for (const port of rule?.ports ?? []) port.protocol ??= 'TCP';
  }
}

/** A Job selects its pods by its own uid. */
function defaultJob(draft: Draft): void {
  const spec = draft['spec'];
  const { uid, name } = draft['metadata'];
  defaultTemplate(spec);
  spec.backoffLimit ??= 6;
  spec.completions ??= 1;
  spec.parallelism ??= 1;
  spec.suspend ??= false;
  spec.selector ??= { matchLabels: { 'batch.kubernetes.io/controller-uid': uid } };
  const labels = { 'batch.kubernetes.io/controller-uid': uid, 'batch.kubernetes.io/job-name': name, 'job-name': name };
  spec.template.metadata.labels = { ...spec.template.metadata.labels, ...labels };
}
