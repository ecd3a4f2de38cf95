/** What a proxy says when the fault is behind it: bad gateway, unavailable, gateway timeout (RFC 9110, 15.6). */
export const GATEWAY_ERRORS: ReadonlySet<number> = new Set([502, 503, 504]);
