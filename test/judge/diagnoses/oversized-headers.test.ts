import { expect, test } from 'vitest';
import type { Cluster, HeadLimit } from '../../../src/model/cluster.ts';
import { controller, route, sample, times } from '../make.ts';
import { diagnose, findingOf, shopCluster, web } from '../world.ts';
import type { Break } from '../world.ts';

const id = 'oversized-headers';
const limit: HeadLimit = {
  bytes: 4096,
  from: 'default of ingress-nginx; ConfigMap ingress-nginx/controller sets none',
};
const nginx = shopCluster({ controllers: [{ ...controller(), headLimit: limit }] });
const annotated: HeadLimit = { bytes: 16_384, from: 'annotation nginx.ingress.kubernetes.io/proxy-buffer-size' };

const answers = (status: number, headBytes?: number) => () =>
  times(4, () =>
    sample({
      connectMs: 0.4,
      firstByteMs: 2,
      http: { status, bytes: 6, server: null, hash: null, ...(headBytes === undefined ? {} : { headBytes }) },
    }),
  );
const at =
  (kinds: readonly string[], samples: () => ReturnType<typeof sample>[]): Break =>
  ({ to, probe }) =>
    probe.kind === 'http' && kinds.includes(to.kind) ? samples() : null;
const long = at(['backend', 'service'], answers(200, 6200));
const refused = at(['entry'], answers(502));

test.for<[string, { cluster: Cluster; breaks: Break[] }]>([
  ['everything answers', { cluster: nginx, breaks: [] }],
  ['long headers that the proxy hands on', { cluster: nginx, breaks: [long] }],
  ['a proxy that says 502 to short ones', { cluster: nginx, breaks: [refused] }],
  ['a proxy of which nothing is known', { cluster: shopCluster(), breaks: [long, refused] }],
  [
    'a route that takes them',
    {
      cluster: shopCluster({
        controllers: [{ ...controller(), headLimit: limit }],
        routes: [{ ...route(), headLimit: annotated }],
      }),
      breaks: [long, refused],
    },
  ],
  ['now and then the proxy hands one on', { cluster: nginx, breaks: [long, at(['entry'], mixed)] }],
])('silent: %s', ([, world]) => {
  expect(findingOf(id, world)).toBeNull();
});

function mixed() {
  return [...answers(502)().slice(0, 2), ...answers(200)().slice(0, 2)];
}

test('never healthy: the proxy says 502 and nothing is known of its buffer', () => {
  expect(diagnose({ breaks: [long, refused] }).status).not.toBe('healthy');
});

test('speaking: all answers are longer than the buffer', () => {
  const { status, findings } = diagnose({ cluster: nginx, breaks: [long, refused] });
  expect(status).toBe('faulty');
  expect(findings).toMatchObject([
    { diagnosis: id, certainty: 'proven', explains: 1, object: { kind: 'Ingress', namespace: 'shop', name: 'web' } },
  ]);
  expect(findings[0]?.title).toContain('6.1 KiB long: it takes 4 KiB');
  expect(findings[0]?.fix?.says).toContain('proxy-buffer-size: "8k"');
});

test('speaking: one endpoint of two answers too long, and the proxy hands on what the other says', () => {
  const one: Break = ({ to, probe }) =>
    probe.kind === 'http' && to.kind === 'backend' && to.address === web[0]?.addresses[0] ? answers(200, 9000)() : null;
  const { findings } = diagnose({ cluster: nginx, breaks: [one, at(['entry'], mixed)] });
  expect(findings[0]).toMatchObject({ diagnosis: id, certainty: 'proven' });
});
