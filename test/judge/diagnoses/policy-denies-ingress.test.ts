import { expect, test } from 'vitest';
import { closedTo, unanswered } from '../breaks.ts';
import { policy } from '../make.ts';
import { askedByCheckout, checkoutCluster, diagnose, findingOf, serviceOnly } from '../world.ts';
import type { Break, World } from '../world.ts';

const id = 'policy-denies-ingress';
const onlyShop = policy({
  name: 'only-shop',
  spec: { podSelector: {}, policyTypes: ['Ingress'], ingress: [{ from: [{ podSelector: {} }] }] },
});
const cluster = checkoutCluster(onlyShop);
const closed: Break = (path, from, to) =>
  path.to.kind === 'service' ? unanswered() : closedTo(() => true)(path, from, to);
const asked = serviceOnly({ from: askedByCheckout });

test.for<[string, World]>([
  ['everything answers', { cluster, target: asked }],
  [
    'connects fail and no policy is there',
    { cluster: { ...cluster, networkPolicies: [] }, target: asked, breaks: [closed] },
  ],
  [
    'only the neutral identity was asked, and its denial is meant',
    { cluster, target: serviceOnly(), breaks: [closed] },
  ],
])('silent: %s', ([, world]) => {
  expect(findingOf(id, world)).toBeNull();
});

test('speaking: names the policy, and the fix admits exactly this client', () => {
  const verdict = diagnose({ cluster, target: asked, breaks: [closed] });
  expect(verdict.findings[0]).toMatchObject({
    diagnosis: id,
    certainty: 'proven',
    object: { kind: 'NetworkPolicy', namespace: 'shop', name: 'only-shop' },
  });
  const manifest = verdict.findings[0]?.fix?.manifest ?? '';
  expect(manifest).toContain('app: checkout');
  expect(manifest).not.toContain('pod-template-hash');
});

test('speaking: a neutral denial that is meant is neither healthy nor a fault', () => {
  expect(diagnose({ cluster, target: serviceOnly(), breaks: [closed] }).status).toBe('inconclusive');
});
