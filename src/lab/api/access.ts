/** Who may do what: bearer tokens and RBAC-style denials, both only on request. */
import { qualifiedName, type Resource } from './resources.ts';
import { failure, unauthorized, type Status } from './status.ts';

/** One denial. A missing `user` or `namespace` means any; `*` is allowed for verb and resource; `pods/log` names a subresource. */
export interface Denial {
  readonly user?: string | undefined;
  readonly verb: string;
  readonly resource: string;
  readonly namespace?: string | undefined;
}

/** Tokens by value with the user they stand for; null lets everybody in as `kubernetes-admin`. */
export interface AccessRules {
  readonly tokens?: Readonly<Record<string, string>> | null;
  readonly deny?: readonly Denial[];
}

/** What a request wants, as an authorizer sees it. */
export interface Wish {
  readonly user: string;
  readonly verb: string;
  readonly resource: Resource;
  readonly subresource: string | null;
  readonly namespace: string | null;
  readonly name: string | null;
}

const ANYBODY = 'kubernetes-admin';

/** The user behind an Authorization header, or the 401. */
export function authenticate(
  rules: AccessRules,
  header: string | undefined,
): { ok: true; user: string } | { ok: false; status: Status } {
  if (rules.tokens === undefined || rules.tokens === null) return { ok: true, user: ANYBODY };
  const token = /^Bearer (.+)$/.exec(header ?? '')?.[1] ?? '';
  const user = Object.hasOwn(rules.tokens, token) ? rules.tokens[token] : undefined;
  return user === undefined ? { ok: false, status: unauthorized() } : { ok: true, user };
}

/** Whether no rule denies it. */
export function isAllowed(
  rules: AccessRules,
  wish: Omit<Wish, 'resource' | 'name'> & { readonly resource: string },
): boolean {
  const resource = wish.subresource === null ? wish.resource : `${wish.resource}/${wish.subresource}`;
  return !(rules.deny ?? []).some(
    (denial) =>
      (denial.user === undefined || denial.user === wish.user) &&
      (denial.verb === '*' || denial.verb === wish.verb) &&
      (denial.resource === '*' || denial.resource === resource) &&
      (denial.namespace === undefined || denial.namespace === wish.namespace),
  );
}

/** The 403 for a denied wish, worded as RBAC words it; null when it is allowed. */
export function refusal(rules: AccessRules, wish: Wish): Status | null {
  const { resource, subresource } = wish;
  if (isAllowed(rules, { ...wish, resource: resource.plural })) return null;
  const path = subresource === null ? resource.plural : `${resource.plural}/${subresource}`;
  const scope = wish.namespace === null ? 'at the cluster scope' : `in the namespace "${wish.namespace}"`;
  const what = `${qualifiedName(resource)}${wish.name === null ? '' : ` "${wish.name}"`} is forbidden`;
  const why = `User "${wish.user}" cannot ${wish.verb} resource "${path}" in API group "${resource.group}" ${scope}`;
  const details = { name: wish.name ?? undefined, group: resource.group, kind: resource.plural };
  return failure(403, 'Forbidden', `${what}: ${why}`, details);
}
