/** From a URL and a method to what is asked of which resource. */
import { resourceNamed, groupVersionOf, type Resource } from './resources.ts';

/** A request for resources. */
export interface ResourceRequest {
  readonly resource: Resource;
  readonly namespace: string | null;
  readonly name: string | null;
  readonly subresource: string | null;
  readonly query: URLSearchParams;
}

/** Reads `/api/v1/…` and `/apis/GROUP/VERSION/…`; null when that is not served. */
export function parseResourcePath(path: string, query: URLSearchParams): ResourceRequest | null {
  const parts = decodeParts(path);
  if (parts === null) return null;
  const [root, ...rest] = parts;
  const groupVersion = root === 'api' ? rest.shift() : root === 'apis' ? `${rest.shift()}/${rest.shift()}` : undefined;
  if (groupVersion === undefined) return null;
  // `/namespaces/x/status` is the namespace's own; `/namespaces/x/pods` lies inside.
  const isInside = rest[0] === 'namespaces' && rest.length > 2 && rest[2] !== 'status' && rest[2] !== 'finalize';
  const namespace = isInside ? (rest[1] ?? null) : null;
  const [plural, name = null, subresource = null, ...more] = isInside ? rest.slice(2) : rest;
  const resource = resourceNamed(plural ?? '');
  if (resource === null || groupVersionOf(resource) !== groupVersion || more.length > 0) return null;
  if (!resource.namespaced && namespace !== null) return null;
  if (resource.namespaced && namespace === null && name !== null) return null;
  return { resource, namespace, name, subresource, query };
}

/** The verb that RBAC knows for it. */
export function verbOf(method: string, request: ResourceRequest): string {
  const isWatch = isTrue(request.query.get('watch'));
  switch (method) {
    case 'GET':
    case 'HEAD':
      return request.name !== null ? 'get' : isWatch ? 'watch' : 'list';
    case 'POST':
      return 'create';
    case 'PUT':
      return 'update';
    case 'PATCH':
      return 'patch';
    case 'DELETE':
      return request.name === null ? 'deletecollection' : 'delete';
    default:
      return method.toLowerCase();
  }
}

/** `true` and `1`, as the API server reads booleans. */
export function isTrue(value: string | null): boolean {
  return value === 'true' || value === '1';
}

function decodeParts(path: string): string[] | null {
  try {
    return path
      .split('/')
      .filter((part) => part !== '')
      .map(decodeURIComponent);
  } catch {
    return null;
  }
}
