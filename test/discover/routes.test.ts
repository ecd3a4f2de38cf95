import { expect, test } from 'vitest';
import { readIngress } from '../../src/discover/routes.ts';

const backend = { service: { name: 'web', port: { number: 80 } } };
const ingress = (tls: object[]) => ({
  metadata: { name: 'web', namespace: 'shop' },
  spec: { tls, rules: [{ host: 'shop.example.com', http: { paths: [{ path: '/', backend }] } }] },
});

test.for<[string, object[], object]>([
  ['no TLS', [], { tls: false }],
  [
    'a Secret',
    [{ hosts: ['shop.example.com'], secretName: 's' }],
    { tls: true, tlsSecret: { namespace: 'shop', name: 's' } },
  ],
  ['a wildcard’s', [{ hosts: ['*.example.com'], secretName: 's' }], { tls: true, tlsSecret: { name: 's' } }],
  ['that of another host', [{ hosts: ['other.example.com'], secretName: 's' }], { tls: false }],
  ['none: the default certificate of its proxies', [{ hosts: ['shop.example.com'] }], { tls: true }],
])('certificates of an Ingress: %s', ([, tls, expected]) => {
  const [route, ...more] = readIngress(ingress(tls), []);
  expect(more).toEqual([]);
  expect(route).toMatchObject(expected);
  expect(route !== undefined && 'tlsSecret' in route).toBe('tlsSecret' in expected);
});
