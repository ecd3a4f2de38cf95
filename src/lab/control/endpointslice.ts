/** Service → EndpointSlice, one for each family of a Service with a selector; slices of other managers are left alone. */
import type { Family, KubeObject } from '../model.ts';
import { familyOf } from '../network/address-plan.ts';
import { selectorMatches } from '../api/labels.ts';
import type { ClusterStore } from '../api/store.ts';
import type { Controller } from './controller.ts';
import { controllerReference } from './ownership.ts';
import { hasEnded, isReady, templateHash } from './pods.ts';

type Part = Record<string, any>;

const SERVICE_LABEL = 'kubernetes.io/service-name';
const MANAGER_LABEL = 'endpointslice.kubernetes.io/managed-by';
const MANAGER = 'endpointslice-controller.k8s.io';

/** Slices follow pods and Services; pods whose named port differs go into slices of their own. */
export const endpointSlices: Controller = {
  watches: ['services', 'pods', 'endpointslices'],
  reconcile({ store }) {
    for (const service of store.list('services')) reconcileService(store, service);
  },
};

function reconcileService(store: ClusterStore, service: KubeObject): void {
  const { namespace = 'default', name } = service.metadata;
  const own = store
    .list('endpointslices')
    .filter(
      (slice) =>
        slice.metadata.namespace === namespace &&
        slice.metadata.labels?.[SERVICE_LABEL] === name &&
        slice.metadata.labels[MANAGER_LABEL] === MANAGER,
    );
  const isSelecting = Object.keys(service['spec'].selector ?? {}).length > 0 && service['spec'].type !== 'ExternalName';
  if (!isSelecting || service.metadata.deletionTimestamp !== undefined) return;
  const pods = store
    .list('pods')
    .filter(
      (pod) =>
        pod.metadata.namespace === namespace &&
        selectorMatches({ matchLabels: service['spec'].selector }, pod.metadata.labels),
    );
  const wanted = slicesOf(service, pods);
  const kept = new Set(wanted.map((slice) => slice.metadata['name']));
  for (const slice of own) {
    if (!kept.has(slice.metadata.name))
      store.finish({ resource: 'endpointslices', namespace, name: slice.metadata.name });
  }
  for (const slice of wanted) {
    if (store.get('endpointslices', namespace, String(slice.metadata['name'])) === null)
      store.create('endpointslices', slice);
    else store.update('endpointslices', slice);
  }
}

/** Pure: the slices that a Service should have. */
export function slicesOf(
  service: KubeObject,
  pods: readonly KubeObject[],
): { metadata: Part; addressType: Family; ports: Part[]; endpoints: object[] }[] {
  const families: Family[] = service['spec'].ipFamilies ?? ['IPv4'];
  return families.flatMap((family) => familySlices(service, pods, family));
}

function familySlices(service: KubeObject, pods: readonly KubeObject[], family: Family) {
  const groups = new Map<string, { ports: Part[]; endpoints: object[] }>();
  for (const pod of pods) {
    const address = addressOf(pod, family);
    if (address === undefined || hasEnded(pod)) continue;
    const ports = portsFor(service, pod);
    const key = JSON.stringify(ports);
    const group = groups.get(key) ?? { ports, endpoints: [] };
    group.endpoints.push(endpointOf(service, pod, address));
    groups.set(key, group);
  }
  if (groups.size === 0) groups.set('', { ports: [], endpoints: [] });
  return [...groups.values()].map(({ ports, endpoints }) => ({
    metadata: {
      // The name depends on family and ports only, so that it stays while pods come and go.
      name: `${service.metadata.name}-${templateHash(family === 'IPv4' ? ports : { family, ports }).slice(0, 5)}`,
      generateName: `${service.metadata.name}-`,
      namespace: service.metadata.namespace,
      labels: { ...service.metadata.labels, [SERVICE_LABEL]: service.metadata.name, [MANAGER_LABEL]: MANAGER },
      ownerReferences: [controllerReference(service)],
    },
    addressType: family,
    ports,
    endpoints,
  }));
}

function addressOf({ status }: KubeObject, family: Family): string | undefined {
  const addresses: { ip: string }[] = status?.podIPs ?? (status?.podIP ? [{ ip: status.podIP }] : []);
  return addresses.map(({ ip }) => ip).find((address) => familyOf(address) === family);
}

function endpointOf(service: KubeObject, pod: KubeObject, address: string): object {
  const isTerminating = pod.metadata.deletionTimestamp !== undefined;
  const isServing = isReady(pod) || service['spec'].publishNotReadyAddresses === true;
  const { name, namespace, uid } = pod.metadata;
  const hasHostname = pod['spec'].hostname && pod['spec'].subdomain === service.metadata.name;
  return {
    addresses: [address],
    conditions: {
      ready: service['spec'].publishNotReadyAddresses === true || (isServing && !isTerminating),
      serving: isServing,
      terminating: isTerminating,
    },
    ...(hasHostname && { hostname: pod['spec'].hostname }),
    nodeName: pod['spec'].nodeName,
    targetRef: { kind: 'Pod', name, namespace, uid },
  };
}

/** The Service's ports as this pod has them; a name that the pod does not know is left out. */
function portsFor(service: KubeObject, pod: KubeObject): Part[] {
  const declared: Part[] = (pod['spec'].containers as Part[]).flatMap((container) => container['ports'] ?? []);
  return ((service['spec'].ports ?? []) as Part[]).flatMap((port) => {
    const target = port['targetPort'];
    const number =
      typeof target === 'number'
        ? target
        : declared.find((had) => had['name'] === target && had['protocol'] === port['protocol'])?.['containerPort'];
    return number === undefined ? [] : [{ name: port['name'] ?? '', protocol: port['protocol'], port: number }];
  });
}
