/** What stands between a request and the store: validation, defaults, addresses, Pod Security, quotas, immutable fields. */
import type { Family, KubeObject, Store } from '../model.ts';
import { allocateAddresses } from './addresses.ts';
import { applyDefaults } from './defaults.ts';
import { podSecurityProblem } from './pod-security.ts';
import { quotaProblem } from './quota.ts';
import type { Resource } from './resources.ts';
import { failure, forbidden, invalid, type Status } from './status.ts';
import { mistakesIn } from './validate.ts';

type Draft = Record<string, any>;

export interface Admission {
  readonly resource: Resource;
  /** Changed in place: defaults are filled in. */
  readonly draft: Draft;
  /** What is replaced; null on creation. */
  readonly had: KubeObject | null;
  readonly store: Store & { readonly families: readonly [Family, ...Family[]] };
  /** The lab's own objects need no namespace and pass no security check. */
  readonly isTrusted: boolean;
}

/** Why the object is refused, or null. */
export function admit(admission: Admission): Status | null {
  const { resource, draft } = admission;
  const mistakes = mistakesIn(resource, draft);
  if (mistakes.length > 0) return invalid(resource, draft['metadata'].name, mistakes);
  const namespaceProblem = admission.had === null && !admission.isTrusted ? refusedByNamespace(admission) : null;
  if (namespaceProblem !== null) return namespaceProblem;
  applyDefaults(resource.plural, draft);
  if (resource.plural === 'services') return refusedAddresses(admission);
  if (resource.plural === 'pods' && admission.had !== null) return refusedPodChange(admission, admission.had);
  return null;
}

function refusedByNamespace({ resource, draft, store }: Admission): Status | null {
  if (!resource.namespaced) return null;
  const { name, namespace: inside } = draft['metadata'];
  const namespace = store.get('namespaces', null, inside);
  if (namespace === null) {
    return failure(404, 'NotFound', `namespaces "${inside}" not found`, { name: inside, kind: 'namespaces' });
  }
  if (namespace.metadata.deletionTimestamp !== undefined) {
    return forbidden(
      resource,
      name,
      `unable to create new content in namespace ${inside} because it is being terminated`,
    );
  }
  const overQuota = quotaProblem(resource, draft, store);
  if (overQuota !== null) return forbidden(resource, name, overQuota);
  if (resource.plural !== 'pods') return null;
  const unsafe = podSecurityProblem(namespace.metadata.labels, draft['spec']);
  return unsafe === null ? null : forbidden(resource, name, unsafe);
}

function refusedAddresses({ resource, draft, had, store }: Admission): Status | null {
  const { name } = draft['metadata'];
  if (had !== null && draft['spec'].type !== 'ExternalName') {
    const before = had['spec'].clusterIP;
    draft['spec'].clusterIP ||= before;
    if (before && draft['spec'].clusterIP === before) draft['spec'].clusterIPs ??= had['spec'].clusterIPs;
    if (before && draft['spec'].clusterIP !== before) {
      const type = `Invalid value: ${JSON.stringify(draft['spec'].clusterIP)}`;
      return invalid(resource, name, [{ field: 'spec.clusterIPs[0]', type, detail: 'may not change once set' }]);
    }
  }
  const problem = allocateAddresses(draft, { services: store.list('services'), families: store.families });
  if (problem === null) return null;
  return invalid(resource, name, [{ field: 'spec', type: 'Invalid value: null', detail: problem }]);
}

/** Of a pod's spec only images, activeDeadlineSeconds, tolerations and (once) nodeName may change. */
function refusedPodChange({ resource, draft, had }: Admission, before: KubeObject): Status | null {
  if (comparable(draft['spec'], had) === comparable(before['spec'], had)) return null;
  const detail =
    'pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)';
  return invalid(resource, draft['metadata'].name, [{ field: 'spec', type: 'Forbidden', detail }]);
}

function comparable(spec: Draft, had: KubeObject | null): string {
  const copy = structuredClone(spec);
  for (const name of ['activeDeadlineSeconds', 'tolerations', 'terminationGracePeriodSeconds']) delete copy[name];
  // Binding sets the node through the same door here; once set it stays.
  if (!had?.['spec'].nodeName) delete copy['nodeName'];
  for (const container of [...(copy['containers'] ?? []), ...(copy['initContainers'] ?? [])]) delete container.image;
  delete copy['ephemeralContainers'];
  return JSON.stringify(sorted(copy));
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([left], [right]) => (left < right ? -1 : 1))
      .map(([key, part]) => [key, sorted(part)]),
  );
}
