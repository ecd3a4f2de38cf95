/** What servers say to plain HTTP at a port of TLS. Pure. */

/** An alert or a handshake record of any version since SSL 3.0 (RFC 8446, 5.1), where a status line should be. */
const RECORD_TYPES: ReadonlySet<number> = new Set([0x15, 0x16]);
const MAJOR_VERSION = 3;

export function isTlsRecord(bytes: Uint8Array): boolean {
  return RECORD_TYPES.has(bytes[0] ?? 0) && bytes[1] === MAJOR_VERSION;
}

/** Go (net/http, server.go), nginx (status 497, ngx_http_special_response.c), Apache (modules/ssl, ssl_engine_kernel.c), Tomcat (sslUtilBase, plain text over TLS). */
const SAID = [
  'Client sent an HTTP request to an HTTPS server',
  'The plain HTTP request was sent to HTTPS port',
  'speaking plain HTTP to an SSL-enabled server port',
  'This combination of host and port requires TLS',
];

/** They all say 400, and the reason in the page. */
export function saysTlsIsWanted(status: number, page: string): boolean {
  return status === 400 && SAID.some((each) => page.includes(each));
}
