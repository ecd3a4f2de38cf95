/** What the user wrote → what kind of thing it asks for, before looking at any cluster. */
import ipaddr from 'ipaddr.js';
import { UserError } from '../model/user-error.ts';
import { isWorkload, kindCalled } from './kinds.ts';

export type Asked =
  | {
      readonly kind: 'service' | 'pod';
      readonly namespace: string | null;
      readonly name: string;
      readonly port: string | null;
      /** Set where it was asked for by its name in the cluster's DNS: how a client that writes this asks. */
      readonly url?: AskedUrl;
    }
  | {
      /** Asked for by who serves it (meant.ts): by what its pods belong to, or by the object that routes to it. */
      readonly kind: 'workload';
      /** The kind, as it was written. */
      readonly word: string;
      readonly name: string;
      readonly port: string | null;
    }
  | {
      readonly kind: 'route';
      readonly of: 'Ingress' | 'HTTPRoute';
      readonly word: string;
      readonly name: string;
    }
  | {
      readonly kind: 'address';
      readonly address: string;
      readonly port: number;
      readonly scheme: Scheme;
      readonly path: string;
    }
  | {
      readonly kind: 'host';
      readonly host: string;
      readonly port: number | null;
      /** null: none was written. */
      readonly scheme: 'http' | 'https' | null;
      readonly path: string;
    };

/** The parts of a URL that a client sends, or chooses by. */
export interface AskedUrl {
  readonly host: string;
  /** null: none was written. */
  readonly scheme: 'http' | 'https' | null;
  readonly path: string;
}

export type Scheme = 'http' | 'https' | 'tcp';

const HINT = 'a target is a host, a URL, svc/NAME[:PORT], pod/NAME[:PORT], deploy/NAME, ingress/NAME or IP:PORT';
/** What a DNS label or Kubernetes name may hold; wildcards are routes, not targets. */
const HOST = /^(?=.{1,253}$)[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?)*\.?$/i;

/** Throws UserError for what is no target. */
export function readTarget(input: string): Asked {
  const text = input.trim();
  const object = readObject(text);
  if (object !== null) return objectOf(input, object);
  const url = /^([a-z][a-z0-9+.-]*):\/\//i.exec(text);
  if (url !== null && !/^https?$/i.test(url[1] ?? '')) throw bad(input, `kprobe speaks http and https, not ${url[1]}`);
  const address = /^(?:\[([^\]]+)\]|(\d+\.\d+\.\d+\.\d+)):(\d+)$/.exec(text);
  if (address !== null) return literal(input, address[1] ?? address[2] ?? '', address[3] ?? '');
  if (ipaddr.isValid(text))
    throw bad(input, 'an address needs a port', `try ${text.includes(':') ? `[${text}]` : text}:80`);
  return hostOf(input, text, url !== null);
}

function objectOf(input: string, { kind, word, name, port }: WrittenObject): Asked {
  if (name !== '') {
    if (kind === 'Service' || kind === 'Pod')
      return { kind: kind === 'Service' ? 'service' : 'pod', namespace: null, name, port };
    if (isWorkload(kind)) return { kind: 'workload', word, name, port };
    if ((kind === 'Ingress' || kind === 'HTTPRoute') && port === null) return { kind: 'route', of: kind, word, name };
  }
  // More likely a mistake than a host of one word with a path.
  throw bad(input, name === '' ? `${word}/… has no name` : `nobody connects to ${word}/${name}`);
}

/** What is written as kubectl names objects. */
export interface WrittenObject {
  readonly kind: string;
  /** The kind, as it was written. */
  readonly word: string;
  /** '': none was written, or more than a name. */
  readonly name: string;
  readonly port: string | null;
}

/** `KIND/NAME` or `KIND/NAME:PORT`; null: it is none. */
export function readObject(text: string): WrittenObject | null {
  const [, word = '', rest = ''] = /^([a-z][a-z0-9.]*)\/([^/]*)$/iu.exec(text) ?? [];
  const kind = kindCalled(word);
  if (kind === null) return null;
  const [, name = '', port = null] = /^([^:]+)(?::([^:]+))?$/u.exec(rest) ?? [];
  return { kind, word, name, port };
}

function literal(input: string, address: string, port: string): Asked {
  if (!ipaddr.isValid(address)) throw bad(input, `${address} is not an IP address`);
  // IPv6 has many spellings, and the API one (RFC 5952).
  const usual = ipaddr.parse(address).toString();
  return { kind: 'address', address: usual, port: portNumber(input, port), scheme: 'tcp', path: '/' };
}

function hostOf(input: string, text: string, hasScheme: boolean): Asked {
  const whole = hasScheme ? text : `http://${text}`;
  const url = URL.canParse(whole) ? new URL(whole) : null;
  const host = url?.hostname.replace(/^\[|\]$/g, '') ?? '';
  if (url === null || host === '') throw bad(input, 'it is none of the forms that kprobe knows');
  const scheme: AskedUrl['scheme'] = hasScheme ? (url.protocol === 'https:' ? 'https' : 'http') : null;
  // URL drops a port that is the scheme's own; it was asked for all the same.
  const written = /^(?:[a-z]+:\/\/)?[^/?#]*?:(\d+)(?:[/?#]|$)/i.exec(text)?.[1];
  const port = written === undefined ? null : portNumber(input, written);
  const path = `${url.pathname}${url.search}`;
  if (ipaddr.isValid(host)) {
    return {
      kind: 'address',
      address: ipaddr.parse(host).toString(),
      port: port ?? (scheme === 'https' ? 443 : 80),
      scheme: scheme ?? 'http',
      path,
    };
  }
  if (!HOST.test(host)) throw bad(input, `"${host}" is not a host name`);
  const inCluster = /^([^.]+)\.([^.]+)\.svc(\.|$)/i.exec(host);
  if (inCluster !== null) {
    const url = { host: host.replace(/\.$/, ''), scheme, path };
    return {
      kind: 'service',
      name: inCluster[1] ?? '',
      namespace: inCluster[2] ?? '',
      port: portOf(scheme, port),
      url,
    };
  }
  return { kind: 'host', host: host.replace(/\.$/, ''), port, scheme, path };
}

/** The port that a client would take; null where neither it nor a scheme was written. */
export function portOf(scheme: 'http' | 'https' | null, port: number | null): string | null {
  if (port !== null) return String(port);
  return scheme === null ? null : scheme === 'https' ? '443' : '80';
}

function portNumber(input: string, text: string): number {
  const port = Number(text);
  if (!Number.isInteger(port) || port < 1 || port > 65_535) throw bad(input, `${text} is not a port`);
  return port;
}

function bad(input: string, why: string, hint = HINT): UserError {
  return new UserError(`"${input.slice(0, 100)}" is not a target: ${why}`, { hint });
}
