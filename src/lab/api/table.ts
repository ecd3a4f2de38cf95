/** The `Table` form that `kubectl get` asks for. */
import type { KubeObject } from '../model.ts';
import type { Resource } from './resources.ts';

/** A client that accepts tables; `includeObject` as in the query. */
export interface TableRequest {
  readonly version: 'v1' | 'v1beta1';
  readonly includeObject: string;
  readonly metadata?: object;
  readonly now: Date;
}

/** A column: its title, whether only `-o wide` shows it, and what it says. */
type Column = readonly [
  title: string,
  shown: 'always' | 'wide',
  cell: (object: KubeObject, now: Date) => string | number,
];

type Part = Record<string, any>;

const NAME: Column = ['Name', 'always', (object) => object.metadata.name];
const AGE: Column = ['Age', 'always', (object, now) => ageOf(object.metadata.creationTimestamp, now)];

const COLUMNS: Readonly<Record<string, readonly Column[]>> = {
  pods: [
    NAME,
    ['Ready', 'always', readyContainers],
    ['Status', 'always', podStatus],
    ['Restarts', 'always', (pod) => sum(statusesOf(pod).map((status) => status['restartCount'] ?? 0))],
    AGE,
    ['IP', 'wide', (pod) => pod['status']?.podIP ?? '<none>'],
    ['Node', 'wide', (pod) => pod['spec'].nodeName ?? '<none>'],
    ['Nominated Node', 'wide', () => '<none>'],
    ['Readiness Gates', 'wide', readinessGates],
  ],
  nodes: [
    NAME,
    ['Status', 'always', nodeStatus],
    ['Roles', 'always', nodeRoles],
    AGE,
    ['Version', 'always', (node) => node['status']?.nodeInfo?.kubeletVersion ?? ''],
    [
      'Internal-IP',
      'wide',
      (node) => asList(node['status']?.addresses).find(({ type }) => type === 'InternalIP')?.['address'] ?? '<none>',
    ],
    ['Kernel-Version', 'wide', (node) => node['status']?.nodeInfo?.kernelVersion ?? '<unknown>'],
  ],
  namespaces: [NAME, ['Status', 'always', (namespace) => namespace['status']?.phase ?? 'Active'], AGE],
  services: [
    NAME,
    ['Type', 'always', (service) => service['spec'].type],
    ['Cluster-IP', 'always', (service) => service['spec'].clusterIP ?? '<none>'],
    ['External-IP', 'always', (service) => service['spec'].externalName ?? '<none>'],
    ['Port(s)', 'always', servicePorts],
    AGE,
    ['Selector', 'wide', (service) => pairs(service['spec'].selector)],
  ],
  deployments: [
    NAME,
    ['Ready', 'always', (object) => `${object['status']?.readyReplicas ?? 0}/${object['spec'].replicas}`],
    ['Up-to-date', 'always', (object) => object['status']?.updatedReplicas ?? 0],
    ['Available', 'always', (object) => object['status']?.availableReplicas ?? 0],
    AGE,
  ],
  replicasets: [
    NAME,
    ['Desired', 'always', (object) => object['spec'].replicas],
    ['Current', 'always', (object) => object['status']?.replicas ?? 0],
    ['Ready', 'always', (object) => object['status']?.readyReplicas ?? 0],
    AGE,
  ],
  daemonsets: [
    NAME,
    ['Desired', 'always', (object) => object['status']?.desiredNumberScheduled ?? 0],
    ['Current', 'always', (object) => object['status']?.currentNumberScheduled ?? 0],
    ['Ready', 'always', (object) => object['status']?.numberReady ?? 0],
    AGE,
  ],
  statefulsets: [
    NAME,
    ['Ready', 'always', (object) => `${object['status']?.readyReplicas ?? 0}/${object['spec'].replicas}`],
    AGE,
  ],
  jobs: [NAME, ['Completions', 'always', (job) => `${job['status']?.succeeded ?? 0}/${job['spec'].completions}`], AGE],
  networkpolicies: [NAME, ['Pod-Selector', 'always', (policy) => pairs(policy['spec'].podSelector?.matchLabels)], AGE],
  ingresses: [
    NAME,
    ['Class', 'always', (ingress) => ingress['spec'].ingressClassName ?? '<none>'],
    [
      'Hosts',
      'always',
      (ingress) =>
        asList(ingress['spec'].rules)
          .map((rule) => rule['host'] ?? '*')
          .join(',') || '*',
    ],
    [
      'Address',
      'always',
      (ingress) =>
        asList(ingress['status']?.loadBalancer?.ingress)
          .map(({ ip, hostname }) => ip ?? hostname)
          .join(','),
    ],
    ['Ports', 'always', (ingress) => (ingress['spec'].tls === undefined ? '80' : '80, 443')],
    AGE,
  ],
  endpointslices: [
    NAME,
    ['AddressType', 'always', (slice) => slice['addressType']],
    [
      'Ports',
      'always',
      (slice) =>
        asList(slice['ports'])
          .map(({ port }) => port)
          .join(',') || '<unset>',
    ],
    [
      'Endpoints',
      'always',
      (slice) =>
        asList(slice['endpoints'])
          .flatMap(({ addresses }) => addresses)
          .join(',') || '<unset>',
    ],
    AGE,
  ],
  configmaps: [NAME, ['Data', 'always', (map) => Object.keys({ ...map['data'], ...map['binaryData'] }).length], AGE],
  events: [
    ['Last Seen', 'always', (event, now) => ageOf(event['lastTimestamp'] ?? event.metadata.creationTimestamp, now)],
    ['Type', 'always', (event) => event['type'] ?? ''],
    ['Reason', 'always', (event) => event['reason'] ?? ''],
    ['Object', 'always', (event) => `${event['involvedObject']?.kind?.toLowerCase()}/${event['involvedObject']?.name}`],
    ['Message', 'always', (event) => event['message'] ?? ''],
  ],
};

/** Objects as rows. */
export function tableOf(resource: Resource, objects: readonly KubeObject[], request: TableRequest): object {
  const columns = COLUMNS[resource.plural] ?? [NAME, AGE];
  return {
    kind: 'Table',
    apiVersion: `meta.k8s.io/${request.version}`,
    metadata: request.metadata ?? {},
    columnDefinitions: columns.map(([name, shown]) => ({
      name,
      type: 'string',
      format: name === 'Name' ? 'name' : '',
      description: '',
      priority: shown === 'wide' ? 1 : 0,
    })),
    rows: objects.map((object) => ({
      cells: columns.map(([, , cell]) => cell(object, request.now)),
      ...rowObject(object, request.includeObject),
    })),
  };
}

function rowObject(object: KubeObject, include: string): object {
  if (include === 'None') return {};
  if (include === 'Object') return { object };
  return { object: { kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1', metadata: object.metadata } };
}

function statusesOf(pod: KubeObject): Part[] {
  return asList(pod['status']?.containerStatuses);
}

function readyContainers(pod: KubeObject): string {
  const ready = statusesOf(pod).filter((status) => status['ready']).length;
  return `${ready}/${asList(pod['spec'].containers).length}`;
}

/** The word that kubectl shows: the most telling reason before the phase. */
function podStatus(pod: KubeObject): string {
  if (pod.metadata.deletionTimestamp !== undefined) return 'Terminating';
  const states = statusesOf(pod).map((status) => status['state'] ?? {});
  const waiting = states.find((state) => state['waiting']?.reason)?.['waiting'].reason;
  const ended = states.find((state) => state['terminated']?.reason)?.['terminated'].reason;
  const isCreating = waiting === undefined && pod['status']?.phase === 'Pending' && pod['spec'].nodeName;
  return (
    waiting ??
    (pod['status']?.reason || ended) ??
    (isCreating ? 'ContainerCreating' : (pod['status']?.phase ?? 'Unknown'))
  );
}

function readinessGates(pod: KubeObject): string {
  const gates = asList(pod['spec'].readinessGates);
  if (gates.length === 0) return '<none>';
  const conditions = asList(pod['status']?.conditions);
  const met = gates.filter((gate) =>
    conditions.some(({ type, status }) => type === gate['conditionType'] && status === 'True'),
  );
  return `${met.length}/${gates.length}`;
}

function nodeStatus(node: KubeObject): string {
  const isReady = asList(node['status']?.conditions).some(({ type, status }) => type === 'Ready' && status === 'True');
  return `${isReady ? 'Ready' : 'NotReady'}${node['spec']?.unschedulable ? ',SchedulingDisabled' : ''}`;
}

function nodeRoles(node: KubeObject): string {
  const prefix = 'node-role.kubernetes.io/';
  const roles = Object.keys(node.metadata.labels ?? {}).filter((label) => label.startsWith(prefix));
  return roles.map((label) => label.slice(prefix.length)).join(',') || '<none>';
}

function servicePorts(service: KubeObject): string {
  const shown = asList(service['spec'].ports).map(
    ({ port, nodePort, protocol }) => `${port}${nodePort ? `:${nodePort}` : ''}/${protocol}`,
  );
  return shown.join(',') || '<none>';
}

function pairs(labels: Readonly<Record<string, string>> | undefined): string {
  const shown = Object.entries(labels ?? {}).map(([key, value]) => `${key}=${value}`);
  return shown.join(',') || '<none>';
}

/** As kubectl writes ages: the two largest units while small, then one. */
function ageOf(since: string, now: Date): string {
  const seconds = Math.max(0, Math.floor((now.getTime() - Date.parse(since)) / 1000));
  if (!Number.isFinite(seconds)) return '<unknown>';
  if (seconds < 120) return `${seconds}s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 10) return seconds % 60 === 0 ? `${minutes}m` : `${minutes}m${seconds % 60}s`;
  if (minutes < 180) return `${minutes}m`;
  const hours = Math.floor(minutes / 60);
  return hours < 48 ? `${hours}h` : `${Math.floor(hours / 24)}d`;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}

function asList(value: unknown): Part[] {
  return Array.isArray(value) ? value : [];
}
