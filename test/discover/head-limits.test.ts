import { expect, test } from 'vitest';
import { annotatedHeadLimit, configuredHeadLimit } from '../../src/discover/head-limits.ts';

const NGINX = 'nginx.ingress.kubernetes.io/proxy-buffer-size';
const WHERE = 'ConfigMap ingress-nginx/ingress-nginx-controller';

test.for([
  [{ [NGINX]: '8k' }, 'ingress-nginx', 8192],
  [{ [NGINX]: ' 16K ' }, null, 16_384],
  [{ [NGINX]: '6000' }, 'ingress-nginx', 6000],
  [{ 'nginx.org/proxy-buffer-size': '1m' }, 'nginx-ingress', 1_048_576],
  [{ [NGINX]: '8k' }, 'nginx-ingress', null],
  [{ [NGINX]: '8k' }, 'contour', null],
  [{ [NGINX]: '8 pages' }, 'ingress-nginx', null],
  [{}, 'ingress-nginx', null],
] as const)('annotations %j for %s: %s bytes', ([annotations, implementation, bytes]) => {
  expect(annotatedHeadLimit(annotations, implementation).headLimit?.bytes ?? null).toBe(bytes);
});

test('of the controller: what its ConfigMap says, or the default; nothing where that could not be read', () => {
  expect(configuredHeadLimit({ 'proxy-buffer-size': '32k' }, 'ingress-nginx', WHERE)).toEqual({
    headLimit: { bytes: 32_768, from: `proxy-buffer-size of ${WHERE}` },
  });
  expect(configuredHeadLimit({}, 'ingress-nginx', WHERE)).toEqual({
    headLimit: { bytes: 4096, from: `default of ingress-nginx; ${WHERE} sets no proxy-buffer-size` },
  });
  expect(configuredHeadLimit(null, 'ingress-nginx', WHERE)).toEqual({});
  expect(configuredHeadLimit({}, 'traefik', WHERE)).toEqual({});
});
