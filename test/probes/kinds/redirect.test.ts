import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { describe, expect, test, vi } from 'vitest';
import type { Redirect } from '../../../probes/wire.ts';
import { fateOf, leadsToItself, placeOf } from '../../../probes/kinds/redirect.ts';

const ASKED = { tls: false, host: 'shop.example.com', path: '/cart?id=1' };
const headers = (location: string, more: readonly [string, string][] = []) =>
  new Map([['location', location], ...more]);

test.for<[string, number, Map<string, string>]>([
  ['no redirect', 200, headers('http://shop.example.com/cart?id=1')],
  ['a redirect without a target', 301, new Map()],
  ['another scheme', 301, headers('https://shop.example.com/cart?id=1')],
  ['another host', 301, headers('http://www.shop.example.com/cart?id=1')],
  ['another port', 307, headers('http://shop.example.com:8080/cart?id=1')],
  ['another path', 302, headers('/cart/?id=1')],
  ['another query', 302, headers('/cart?id=2')],
  ['a cookie, by which the next request differs', 302, headers('/cart?id=1', [['set-cookie', 'seen=1']])],
  ['no URL at all', 302, headers('http://[/')],
])('does not lead to itself: %s', ([, status, all]) => {
  expect(leadsToItself({ status, headers: all, bytes: 0 }, ASKED)).toBe(false);
});

test.for<[string, Map<string, string>]>([
  ['absolute', headers('http://shop.example.com/cart?id=1')],
  ['in other letters, with the usual port', headers('HTTP://Shop.Example.com:80/cart?id=1')],
  ['relative', headers('/cart?id=1')],
  ['with a fragment', headers('/cart?id=1#top')],
])('leads to itself: %s', ([, all]) => {
  for (const status of [301, 302, 303, 307, 308])
    expect(leadsToItself({ status, headers: all, bytes: 0 }, ASKED)).toBe(true);
});

const asked = { tls: false, host: 'shop.example.com', path: '/' };
const sent = (location: string, status = 302) => ({ status, headers: headers(location), bytes: 0 });

test.for<[string, Omit<Redirect, 'fate'> | null]>([
  ['https://login.example.net/start', { tls: true, host: 'login.example.net', port: 443 }],
  ['//login.example.net:8443', { tls: false, host: 'login.example.net', port: 8443 }],
  ['https://shop.example.com/', { tls: true, host: 'shop.example.com', port: 443 }],
  ['http://shop.example.com:8080/', { tls: false, host: 'shop.example.com', port: 8080 }],
  ['http://[::1]:8080/', { tls: false, host: '::1', port: 8080 }],
  ['/other', null],
  ['http://shop.example.com:80/other', null],
  ['mailto:shop@example.com', null],
  ['http://[/', null],
])('a redirect to %s leads to a place of its own, or to none', ([location, place]) => {
  expect(placeOf(sent(location), asked)).toEqual(place);
});

test('no place: an answer that is no redirect', () => {
  expect(placeOf(sent('https://login.example.net/', 200), asked)).toBeNull();
});

describe('what is found at a place', () => {
  const found = { address: '127.0.0.1', port: 80 };
  /** The first to ask begins the look. */
  const look = (place: { host: string; port: number }, by = asked, at = found) => {
    const whole = { tls: false, ...place };
    expect(fateOf(whole, by, at)).toBeNull();
    return vi.waitFor(() => {
      const fate = fateOf(whole, by, at);
      if (fate === null) throw new Error('not known yet');
      return fate;
    });
  };
  const listening = async () => {
    const server = createServer((socket) => socket.destroy()).listen(0, '127.0.0.1');
    await once(server, 'listening');
    return { port: (server.address() as AddressInfo).port, [Symbol.asyncDispose]: async () => void server.close() };
  };

  test('a place of the same host is looked for where the host was found', async () => {
    await using server = await listening();
    expect(await look({ host: asked.host, port: server.port })).toBe('taken');
  });

  test('nobody listens there', async () => {
    const server = await listening();
    await server[Symbol.asyncDispose]();
    expect(await look({ host: asked.host, port: server.port })).toBe('refused');
  });

  test.for(['localhost', 'shop.localhost', '127.0.0.1', '::1', '0.0.0.0'])('%s is whoever reads it', (host) => {
    expect(fateOf({ tls: false, host, port: 8080 }, asked, found)).toBe('own-machine');
  });

  test('a name that does not exist, as the resolver says that knows the asked host', async () => {
    const fate = await look({ host: 'shop.invalid', port: 443 }, { ...asked, host: 'localhost' });
    expect(fate).toBe('unresolved');
  });

  const settled = async (place: { host: string; port: number }, by: typeof asked, at = found) => {
    const whole = { tls: false, ...place };
    fateOf(whole, by, at);
    // Long enough for any answer that there would be.
    await new Promise((resolve) => setTimeout(resolve, 500));
    return fateOf(whole, by, at);
  };

  test('not known: a resolver that knows the asked host as little', async () => {
    expect(await settled({ host: 'other.invalid', port: 443 }, { ...asked, host: 'neither.invalid' })).toBeNull();
  });

  test('not known: another port of the same host, which was asked behind one that users do not take', async () => {
    const node = { address: '127.0.0.1', port: 30_080 };
    expect(await settled({ host: asked.host, port: 443 }, asked, node)).toBeNull();
  });
});
