/** Namespaces, pods, Services and their endpoints: API objects → the model, leaving out what is not whole. */
import ipaddr from 'ipaddr.js';
import type {
  ContainerPort,
  EndpointSlice,
  Hints,
  Namespace,
  NetworkPolicy,
  Pod,
  Service,
  Workload,
} from '../model/cluster.ts';
import { NetworkPolicy as NetworkPolicySchema } from '../model/cluster.ts';
import type { ApiObject } from '../api/cluster-client.ts';
import { at, flagAt, labelsOf, listAt, mapAt, nameOf, numberAt, portAt, textAt, textsAt } from '../api/fields.ts';

export function readNamespace(object: ApiObject): Namespace | null {
  const named = nameOf(object);
  return named === null ? null : { name: named.name, labels: labelsOf(object) };
}

const PHASES = ['Pending', 'Running', 'Succeeded', 'Failed'] as const;

export function readPod(object: ApiObject): Pod | null {
  const named = nameOf(object);
  if (named === null) return null;
  const listed = listAt(object, 'status', 'podIPs').map((each) => textAt(each, 'ip'));
  const addresses = [...listed, textAt(object, 'status', 'podIP')].filter(isAddress);
  const owner = listAt(object, 'metadata', 'ownerReferences').find((each) => flagAt(each, 'controller'));
  const ownerName = textAt(owner, 'name');
  const hostAddress = textAt(object, 'status', 'hostIP');
  return {
    ...named,
    uid: textAt(object, 'metadata', 'uid') ?? '',
    labels: labelsOf(object),
    node: textAt(object, 'spec', 'nodeName'),
    addresses: [...new Set(addresses)],
    ...(isAddress(hostAddress) ? { hostAddress } : {}),
    hostNetwork: flagAt(object, 'spec', 'hostNetwork'),
    phase: PHASES.find((phase) => phase === textAt(object, 'status', 'phase')) ?? 'Unknown',
    ready: conditionOf(object, 'Ready')?.status === 'True',
    ...readySinceOf(object),
    terminating: textAt(object, 'metadata', 'deletionTimestamp') !== null,
    ports: containersOf(object).flatMap((container) => listAt(container, 'ports').flatMap(readContainerPort)),
    owner: ownerName === null ? null : { kind: textAt(owner, 'kind') ?? '', name: ownerName },
    ...resolverOf(object),
    ...cpuLimitOf(object),
    because: whyNotReady(object),
  };
}

function readySinceOf(pod: ApiObject): Pick<Pod, 'readySince'> {
  const readySince = conditionOf(pod, 'Ready')?.since ?? null;
  return readySince === null ? {} : { readySince };
}

/** How the pod's resolv.conf is made. The API server writes `dnsPolicy` into every pod (core/v1 defaults), so it is absent only from what is no whole pod. */
function resolverOf(pod: ApiObject): Pick<Pod, 'dnsPolicy' | 'dnsConfig' | 'hostAliases'> {
  const hostAliases = listAt(pod, 'spec', 'hostAliases').flatMap((each) => {
    const address = textAt(each, 'ip');
    return address === null || !isAddress(address) ? [] : [{ address, hostnames: [...textsAt(each, 'hostnames')] }];
  });
  const dnsPolicy = textAt(pod, 'spec', 'dnsPolicy');
  const config = at(pod, 'spec', 'dnsConfig');
  const options = listAt(config, 'options').flatMap((option) => {
    const [name, value] = [textAt(option, 'name'), textAt(option, 'value')];
    return name === null ? [] : [value === null ? name : `${name}:${value}`];
  });
  const dnsConfig = { nameservers: textsAt(config, 'nameservers'), searches: textsAt(config, 'searches'), options };
  return {
    ...(dnsPolicy === null ? {} : { dnsPolicy }),
    ...(Object.values(dnsConfig).every((each) => each.length === 0) ? {} : { dnsConfig }),
    ...(hostAliases.length === 0 ? {} : { hostAliases }),
  };
}

/** What a LimitRange gives by default stands here as well: admission writes it into the pod. */
function cpuLimitOf(pod: ApiObject): Pick<Pod, 'cpuLimit'> {
  const limits = containersOf(pod).flatMap(
    (each) => cpusOf(numberAt(each, 'resources', 'limits', 'cpu') ?? textAt(each, 'resources', 'limits', 'cpu')) ?? [],
  );
  return limits.length === 0 ? {} : { cpuLimit: Math.min(...limits) };
}

/** `100m`, `0.5`, `2`: the forms of a Kubernetes quantity that the API server writes for CPU. null: another, or none. */
function cpusOf(quantity: number | string | null): number | null {
  const [, number, milli] = /^(\d+(?:\.\d+)?)(m?)$/u.exec(String(quantity)) ?? [];
  const cpus = number === undefined ? 0 : Number(number) / (milli === 'm' ? 1000 : 1);
  return cpus > 0 ? cpus : null;
}

/** `replicas` absent means one (apps/v1 DeploymentSpec, StatefulSetSpec); a DaemonSet has none. */
export function readWorkload(kind: 'Deployment' | 'StatefulSet' | 'DaemonSet', object: ApiObject): Workload | null {
  const named = nameOf(object);
  if (named === null) return null;
  const replicas = kind === 'DaemonSet' ? null : (numberAt(object, 'spec', 'replicas') ?? 1);
  return { kind, ...named, replicas, podLabels: mapAt(object, 'spec', 'template', 'metadata', 'labels') };
}

/** Containers that may serve: the ordinary ones, and init containers that stay (sidecars). */
export function containersOf(pod: ApiObject): unknown[] {
  const sidecars = listAt(pod, 'spec', 'initContainers').filter((each) => textAt(each, 'restartPolicy') === 'Always');
  return [...listAt(pod, 'spec', 'containers'), ...sidecars];
}

function readContainerPort(port: unknown): ContainerPort[] {
  const number = numberAt(port, 'containerPort');
  if (number === null) return [];
  const hostPort = numberAt(port, 'hostPort');
  const read = { name: textAt(port, 'name'), port: number, protocol: textAt(port, 'protocol') ?? 'TCP' };
  return [hostPort === null ? read : { ...read, hostPort }];
}

/** In the words of the scheduler or the kubelet; null where the pod is ready. */
function whyNotReady(pod: ApiObject): string | null {
  const direct = textAt(pod, 'status', 'reason');
  if (direct !== null) return join(direct, textAt(pod, 'status', 'message'));
  for (const status of [
    ...listAt(pod, 'status', 'initContainerStatuses'),
    ...listAt(pod, 'status', 'containerStatuses'),
  ]) {
    for (const state of ['waiting', 'terminated']) {
      const reason = textAt(status, 'state', state, 'reason');
      if (reason !== null && reason !== 'Completed') return join(reason, textAt(status, 'state', state, 'message'));
    }
  }
  for (const type of ['PodScheduled', 'Ready']) {
    const condition = conditionOf(pod, type);
    if (condition?.status === 'False') return join(condition.reason ?? `not ${type}`, condition.message);
  }
  return null;
}

export interface Condition {
  readonly status: string | null;
  /** Of its last change, Unix milliseconds. */
  readonly since: number | null;
  readonly reason: string | null;
  readonly message: string | null;
}

export function conditionOf(object: ApiObject, type: string): Condition | null {
  const found = listAt(object, 'status', 'conditions').find((each) => textAt(each, 'type') === type);
  if (found === undefined) return null;
  const since = Date.parse(textAt(found, 'lastTransitionTime') ?? '');
  return {
    status: textAt(found, 'status'),
    since: Number.isNaN(since) ? null : since,
    reason: textAt(found, 'reason'),
    message: textAt(found, 'message'),
  };
}

function join(reason: string, message: string | null): string {
  return message === null ? reason : `${reason}: ${message.split('\n')[0] ?? ''}`.slice(0, 300);
}

/** `spec.sessionAffinityConfig.clientIP.timeoutSeconds` where it is not written (core/v1 ClientIPConfig). */
const AFFINITY_SECONDS = 10_800;

export function readService(object: ApiObject): Service | null {
  const named = nameOf(object);
  if (named === null) return null;
  const ips = [...textsAt(object, 'spec', 'clusterIPs'), textAt(object, 'spec', 'clusterIP')].filter(isAddress);
  const published = listAt(object, 'status', 'loadBalancer', 'ingress');
  const externalName = textAt(object, 'spec', 'externalName');
  const sourceRanges = textsAt(object, 'spec', 'loadBalancerSourceRanges');
  return {
    ...named,
    labels: labelsOf(object),
    type: textAt(object, 'spec', 'type') ?? 'ClusterIP',
    clusterIps: [...new Set(ips)],
    selector: mapAt(object, 'spec', 'selector'),
    ports: listAt(object, 'spec', 'ports').flatMap((port) => {
      const number = numberAt(port, 'port');
      if (number === null) return [];
      return [
        {
          name: textAt(port, 'name'),
          port: number,
          targetPort: portAt(port, 'targetPort') ?? number,
          nodePort: numberAt(port, 'nodePort'),
          protocol: textAt(port, 'protocol') ?? 'TCP',
        },
      ];
    }),
    externalAddresses: [...publishedAddresses(published), ...textsAt(object, 'spec', 'externalIPs')],
    ...(sourceRanges.length === 0 ? {} : { sourceRanges }),
    externalTrafficPolicy: textAt(object, 'spec', 'externalTrafficPolicy') ?? 'Cluster',
    internalTrafficPolicy: textAt(object, 'spec', 'internalTrafficPolicy') ?? 'Cluster',
    publishNotReadyAddresses: flagAt(object, 'spec', 'publishNotReadyAddresses'),
    ...(textAt(object, 'spec', 'sessionAffinity') === 'ClientIP'
      ? {
          sessionAffinitySeconds:
            numberAt(at(object, 'spec', 'sessionAffinityConfig', 'clientIP'), 'timeoutSeconds') ?? AFFINITY_SECONDS,
        }
      : {}),
    ...(externalName === null ? {} : { externalName }),
  };
}

/** IPs and hostnames of a `status.loadBalancer.ingress` list. */
export function publishedAddresses(list: readonly unknown[]): string[] {
  return list.map((each) => textAt(each, 'ip') ?? textAt(each, 'hostname')).filter((each) => each !== null);
}

/** Only slices of addresses: those of names (FQDN) lead to no pod. */
export function readEndpointSlice(object: ApiObject): EndpointSlice | null {
  const named = nameOf(object);
  const labels = labelsOf(object);
  const service = labels['kubernetes.io/service-name'];
  if (named === null || service === undefined || textAt(object, 'addressType') === 'FQDN') return null;
  return {
    ...named,
    service,
    managedBy: labels['endpointslice.kubernetes.io/managed-by'] ?? null,
    ports: listAt(object, 'ports').flatMap((port) => {
      const number = numberAt(port, 'port');
      return number === null
        ? []
        : [{ name: textAt(port, 'name'), port: number, protocol: textAt(port, 'protocol') ?? 'TCP' }];
    }),
    endpoints: listAt(object, 'endpoints').flatMap((endpoint) => {
      const pod = textAt(endpoint, 'targetRef', 'kind') === 'Pod' ? textAt(endpoint, 'targetRef', 'name') : null;
      const namespace = textAt(endpoint, 'targetRef', 'namespace') ?? named.namespace;
      return textsAt(endpoint, 'addresses')
        .filter(isAddress)
        .map((address) => ({
          address,
          // Absent means ready (discovery/v1 EndpointConditions: "nil should be interpreted as true").
          ready: at(endpoint, 'conditions', 'ready') !== false,
          terminating: flagAt(endpoint, 'conditions', 'terminating'),
          node: textAt(endpoint, 'nodeName'),
          pod: pod === null ? null : { namespace, name: pod },
          ...hintsOf(endpoint),
        }));
    }),
  };
}

function hintsOf(endpoint: unknown): { hints?: Hints } {
  const names = (list: readonly unknown[]) => list.flatMap((each) => textAt(each, 'name') ?? []);
  const zones = names(listAt(endpoint, 'hints', 'forZones'));
  const nodes = names(listAt(endpoint, 'hints', 'forNodes'));
  return zones.length + nodes.length === 0 ? {} : { hints: { zones, nodes } };
}

export function readNetworkPolicy(object: ApiObject): NetworkPolicy | null {
  const named = nameOf(object);
  if (named === null) return null;
  const parsed = NetworkPolicySchema.safeParse({ ...named, spec: at(object, 'spec') });
  return parsed.success ? parsed.data : null;
}

function isAddress(text: string | null): text is string {
  return text !== null && ipaddr.isValid(text);
}
