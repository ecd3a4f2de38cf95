import { expect, test } from 'vitest';
import type { Sample } from '../../../probes/wire.ts';
import { dnsAnswer, pod, policy, sample, silent } from '../make.ts';
import { askedByCheckout, checkout, checkoutCluster, diagnose, findingOf, serviceOnly } from '../world.ts';
import type { Break } from '../world.ts';

const id = 'late-policy';
const HELLO = 1_760_000_000_000;
const target = serviceOnly({ from: askedByCheckout });
const cluster = (owner: string, enforcer = 'calico') => {
  const facts = checkoutCluster(policy({ namespace: 'other' }));
  const pods = facts.pods.map((each) =>
    each.name === checkout.name ? pod({ ...checkout, owner: { kind: owner, name: 'checkout' } }) : each,
  );
  return { ...facts, pods, networking: { ...facts.networking, enforcer } };
};

/** Attempts of the twin each second from its first word on, of which those of its first `lateMs` are lost. */
const late =
  (lateMs: number, isHit: (locality: string) => boolean = () => true): Break =>
  (path, from) => {
    if (from.kind !== 'twin' || !isHit(path.locality)) return null;
    // One second apart, as the world makes them.
    const at: Partial<Sample> = { at: HELLO + 200 };
    return Array.from({ length: 7 }, (_, index) =>
      200 + index * 1000 < lateMs
        ? silent({
            ...at,
            phase: path.probe.kind === 'dns' || path.probe.kind === 'resolver' ? 'dns' : 'connect',
          })
        : path.probe.kind === 'dns'
          ? dnsAnswer(at)
          : sample({ ...at, ...(path.probe.kind === 'http' ? { status: 200 } : {}) }),
    );
  };

test.for<[string, Parameters<typeof findingOf>[1]]>([
  ['a new pod gets through at once', { cluster: cluster('Job') }],
  ['the client lives long', { cluster: cluster('ReplicaSet'), breaks: [late(4000)] }],
  ['nobody enforces policies', { cluster: cluster('Job', 'none'), breaks: [late(4000)] }],
  ['it is what the engine is known for', { cluster: cluster('Job', 'kube-router'), breaks: [late(1500)] }],
  ['it never gets through', { cluster: cluster('Job'), breaks: [late(60_000)] }],
])('silent: %s', ([, world]) => {
  expect(findingOf(id, { target, ...world })).toBeNull();
});

test('speaking: pods of a Job begin with seconds in which nothing gets through', () => {
  const { status, findings } = diagnose({ target, cluster: cluster('Job'), breaks: [late(4000)] });
  expect(status).toBe('faulty');
  expect(findings).toMatchObject([
    { diagnosis: id, certainty: 'likely', object: { kind: 'Job', namespace: 'pay', name: 'checkout' } },
  ]);
});

test('of a pod that lives long it is said, and no fault', () => {
  const { status, notMeasured } = diagnose({ target, cluster: cluster('ReplicaSet'), breaks: [late(4000)] });
  expect(status).toBe('healthy');
  expect(notMeasured.map(({ what }) => what)).toEqual(['1 probe pod in its first 3.2 s']);
});
