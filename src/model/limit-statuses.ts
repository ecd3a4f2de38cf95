/** Statuses of answers that say that a limit of requests was met. */

/** RFC 6585, 4: "the user has sent too many requests in a given amount of time"; Envoy's, where a policy names none (local_ratelimit.v3.LocalRateLimit.status). */
export const TOO_MANY_REQUESTS = 429;
/** As nginx answers unless it is told otherwise (ngx_http_limit_req_module, limit_req_status); ingress-nginx leaves it so (configmap.md, limit-req-status-code). */
export const UNAVAILABLE = 503;
