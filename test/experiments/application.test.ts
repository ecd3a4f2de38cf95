import { expect, test } from 'vitest';
import { application } from '../../src/experiments/application.ts';
import type { Target } from '../../src/model/target.ts';
import { entry } from '../judge/make.ts';
import { shopTarget } from '../judge/world.ts';

const AT_ENTRY = entry('worker-1', { port: 443 });
const OTHER = entry('worker-1', { address: 'fd00::1', port: 443 });
const BEHIND = { address: '10.244.1.11', port: 8080 };
const byTls = (over: Partial<Target> = {}) =>
  shopTarget({ scheme: 'https', entries: [AT_ENTRY], otherEntries: [OTHER], ...over });

test.for<[string, Target, { address: string; port: number }, object]>([
  ['an entry by TLS', byTls(), AT_ENTRY, { kind: 'http', tls: true }],
  ['an entry of the other family by TLS', byTls(), OTHER, { kind: 'http', tls: true }],
  ['endpoints plainly, for the proxy ends TLS', byTls(), BEHIND, { kind: 'http', tls: false }],
  ['endpoints as the proxy asks them', byTls({ upstream: 'https' }), BEHIND, { kind: 'http', tls: true }],
  [
    'endpoints by TLS also where entries are plain',
    byTls({ scheme: 'http', upstream: 'https' }),
    BEHIND,
    { tls: true },
  ],
  ['endpoints of gRPC by a connect', byTls({ upstream: 'tcp' }), BEHIND, { kind: 'tcp' }],
  ['entries in front of gRPC by a request', byTls({ upstream: 'tcp' }), AT_ENTRY, { kind: 'http', tls: true }],
])('asks %s', ([, target, where, expected]) => {
  expect(application(target, where)).toMatchObject(expected);
});
