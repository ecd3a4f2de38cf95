/** "May I?": SelfSubjectAccessReview and SelfSubjectRulesReview, answered from the same rules that refuse. */
import { isAllowed, type AccessRules } from './access.ts';
import { json, refuse, type Reply } from './reply.ts';
import { badRequest } from './status.ts';

type Draft = Record<string, any>;

/** The paths under which reviews are posted. */
export const REVIEW_PATHS: readonly string[] = ['selfsubjectaccessreviews', 'selfsubjectrulesreviews'].map(
  (plural) => `/apis/authorization.k8s.io/v1/${plural}`,
);

/** Answers a review for a user. */
export function reviewReply(body: unknown, user: string, rules: AccessRules): Reply {
  if (typeof body !== 'object' || body === null) return refuse(badRequest('the body must be one object'));
  const review: Draft = body;
  return json(201, {
    ...review,
    metadata: { creationTimestamp: null },
    status: review['kind'] === 'SelfSubjectRulesReview' ? allRules() : accessStatus(review['spec'], user, rules),
  });
}

function accessStatus(spec: Draft | undefined, user: string, rules: AccessRules): object {
  const wanted = spec?.['resourceAttributes'];
  if (wanted === undefined) return { allowed: true };
  const allowed = isAllowed(rules, {
    user,
    verb: String(wanted.verb ?? ''),
    resource: String(wanted.resource ?? ''),
    subresource: wanted.subresource ? String(wanted.subresource) : null,
    namespace: wanted.namespace ? String(wanted.namespace) : null,
  });
  return allowed ? { allowed } : { allowed, reason: 'denied by the lab' };
}

function allRules(): object {
  return {
    resourceRules: [{ verbs: ['*'], apiGroups: ['*'], resources: ['*'] }],
    nonResourceRules: [{ verbs: ['*'], nonResourceURLs: ['*'] }],
    incomplete: false,
  };
}
