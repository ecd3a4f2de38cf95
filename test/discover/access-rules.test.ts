import { expect, test } from 'vitest';
import { annotatedAccess } from '../../src/discover/access-rules.ts';

const at = (settings: Record<string, string>) =>
  Object.fromEntries(Object.entries(settings).map(([key, value]) => [`nginx.ingress.kubernetes.io/${key}`, value]));

test.for([
  [{}, 'ingress-nginx', undefined],
  [
    { 'whitelist-source-range': '10.0.0.0/8, 192.0.2.7' },
    'ingress-nginx',
    [{ setting: 'whitelist-source-range', ranges: ['10.0.0.0/8', '192.0.2.7'] }],
  ],
  [
    { 'denylist-source-range': '10.0.0.0/8', 'auth-url': ' http://sso.intranet.svc/check ' },
    null,
    [
      { setting: 'denylist-source-range', ranges: ['10.0.0.0/8'] },
      { setting: 'auth-url', url: 'http://sso.intranet.svc/check' },
    ],
  ],
  [
    { 'auth-type': 'basic', 'auth-tls-secret': 'shop/ca', 'enable-modsecurity': 'true' },
    'ingress-nginx',
    [{ setting: 'auth-type' }, { setting: 'auth-tls-secret' }, { setting: 'enable-modsecurity' }],
  ],
  [{ 'auth-url': 'http://x', 'enable-modsecurity': 'false' }, 'contour', undefined],
] as const)('%j for %s', ([settings, implementation, access]) => {
  expect(annotatedAccess(at(settings), implementation).access).toEqual(access);
});
