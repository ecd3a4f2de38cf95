/** Refusals as Kubernetes words them: `Status` objects (k8s.io/apimachinery `api/errors`). */
import type { KubeObject } from '../model.ts';
import { qualifiedName, type Resource } from './resources.ts';

/** A `Status` object of kind Failure. */
export interface Status {
  readonly kind: 'Status';
  readonly apiVersion: 'v1';
  readonly metadata: Record<string, never>;
  readonly status: 'Failure';
  readonly message: string;
  readonly reason: string;
  readonly details?: object;
  readonly code: number;
}

/** What a request to the store came to. */
export type Answer =
  | { readonly ok: true; readonly object: KubeObject }
  | { readonly ok: false; readonly status: Status };

/** One thing wrong with an object. */
export interface Mistake {
  readonly field: string;
  /** What Kubernetes calls the type: `Required value`, `Invalid value: "x"`. */
  readonly type: string;
  readonly detail: string;
}

export function failure(code: number, reason: string, message: string, details?: object): Status {
  const base = { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure', message, reason } as const;
  return details === undefined ? { ...base, code } : { ...base, details, code };
}

export function notFound(resource: Resource, name: string): Status {
  return failure(404, 'NotFound', `${qualifiedName(resource)} "${name}" not found`, detailsOf(resource, name));
}

export function alreadyExists(resource: Resource, name: string): Status {
  const message = `${qualifiedName(resource)} "${name}" already exists`;
  return failure(409, 'AlreadyExists', message, detailsOf(resource, name));
}

export function conflict(resource: Resource, name: string, why?: string): Status {
  const because = why ?? 'the object has been modified; please apply your changes to the latest version and try again';
  const message = `Operation cannot be fulfilled on ${qualifiedName(resource)} "${name}": ${because}`;
  return failure(409, 'Conflict', message, detailsOf(resource, name));
}

export function invalid(resource: Resource, name: string, mistakes: readonly Mistake[]): Status {
  const said = mistakes.map(({ field, type, detail }) => `${field}: ${type}${detail === '' ? '' : `: ${detail}`}`);
  const list = said.length === 1 ? said[0] : `[${said.join(', ')}]`;
  const kind = resource.group === '' ? resource.kind : `${resource.kind}.${resource.group}`;
  const causes = mistakes.map(({ field, type, detail }) => ({ field, message: `${type}: ${detail}` }));
  const details = { name, group: resource.group, kind: resource.kind, causes };
  return failure(422, 'Invalid', `${kind} "${name}" is invalid: ${list}`, details);
}

export function forbidden(resource: Resource, name: string, why: string): Status {
  const named = name === '' ? '' : ` "${name}"`;
  return failure(
    403,
    'Forbidden',
    `${qualifiedName(resource)}${named} is forbidden: ${why}`,
    detailsOf(resource, name),
  );
}

export function badRequest(message: string): Status {
  return failure(400, 'BadRequest', message);
}

/** The 410 that makes a client list again. */
export function expired(message: string): Status {
  return failure(410, 'Expired', message);
}

export function unauthorized(): Status {
  return failure(401, 'Unauthorized', 'Unauthorized');
}

export function unknownPath(): Status {
  return failure(404, 'NotFound', 'the server could not find the requested resource', {});
}

export function methodNotAllowed(): Status {
  return failure(405, 'MethodNotAllowed', 'the server does not allow this method on the requested resource', {});
}

function detailsOf(resource: Resource, name: string): object {
  return { name, group: resource.group, kind: resource.plural };
}
