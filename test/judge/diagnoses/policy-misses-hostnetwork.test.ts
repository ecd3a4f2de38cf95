import { describe, expect, test } from 'vitest';
import { closedTo, slowEntries } from '../breaks.ts';
import { policy, sample, silent } from '../make.ts';
import type { Break } from '../world.ts';
import { allowIngress, diagnose, findingOf, shopCluster } from '../world.ts';

const id = 'policy-misses-hostnetwork';
const guarded = shopCluster({ networkPolicies: [allowIngress] });
const crossNode = closedTo((from, fromNode, node) => from.startsWith('control') || fromNode !== node);

/** The ClusterIP chooses a denied endpoint half of the time. */
const halfOfTheService: Break = (path, from) =>
  path.to.kind === 'service' && from.kind === 'host' ? [silent(), sample(), silent(), sample()] : null;

describe('silent', () => {
  test.for([
    ['everything answers', {}],
    ['the policy exists and everything answers', { cluster: guarded }],
    ['connects fail and no policy is there', { breaks: [crossNode] }],
    [
      'the policy denies this ingress on purpose: it admits another namespace',
      {
        cluster: shopCluster({
          networkPolicies: [
            policy({ spec: { podSelector: {}, policyTypes: ['Ingress'], ingress: [{ from: [{ podSelector: {} }] }] } }),
          ],
        }),
        breaks: [crossNode],
      },
    ],
  ] as const)('%s', ([, world]) => {
    expect(findingOf(id, world)).toBeNull();
  });
});

describe('speaking', () => {
  const finding = findingOf(id, { cluster: guarded, breaks: [crossNode, slowEntries] });

  test('names the policy, proven by twin and control', () => {
    expect(finding).toMatchObject({
      certainty: 'proven',
      object: { kind: 'NetworkPolicy', namespace: 'shop', name: 'allow-ingress' },
    });
  });

  test("accounts for the ingress's lost connects to the Service, and leaves nothing open", () => {
    const { notMeasured } = diagnose({ cluster: guarded, breaks: [crossNode, slowEntries, halfOfTheService] });
    expect(notMeasured.filter(({ what }) => what.startsWith('the cause of'))).toEqual([]);
  });

  test('names the timer of the ingress and explains all slow answers', () => {
    expect(finding).toMatchObject({ timer: { name: 'nginx proxy-connect-timeout', ms: 5000 }, explains: 1 });
  });

  test('the fix admits the measured overlay address of every ingress node on the container port', () => {
    const manifest = finding?.fix?.manifest ?? '';
    for (const address of ['10.244.1.0/32', '10.244.2.0/32', '10.244.3.0/32', '8080'])
      expect(manifest).toContain(address);
  });

  test('a CNI that nobody recognised makes no difference: the addresses were measured', () => {
    const networking = {
      cni: 'unknown',
      enforcer: 'unknown',
      encapsulation: 'unknown',
      proxyMode: 'unknown',
      because: 'no signal',
      unevaluated: [],
    };
    const unknown = findingOf(id, { cluster: { ...guarded, networking }, breaks: [crossNode, slowEntries] });
    expect(unknown).toMatchObject({ certainty: 'proven', explains: 1 });
    expect(unknown?.fix?.manifest).toContain('10.244.1.0/32');
  });

  test('without a host vantage nothing is claimed', () => {
    expect(findingOf(id, { cluster: guarded, breaks: [crossNode, slowEntries], hostVantages: false })).toBeNull();
  });

  test('a twin that answers takes the proof away', () => {
    const onlyPods = closedTo((from, fromNode, node) => from.startsWith('host') && fromNode !== node);
    const twinAnswers = findingOf(id, {
      cluster: guarded,
      breaks: [(path, from, to) => (to === null ? onlyPods(path, from, to) : null)],
    });
    expect(twinAnswers?.certainty).not.toBe('proven');
  });
});

test('of two policies that deny, the same one is blamed in whatever order they are listed', () => {
  const other = { ...allowIngress, name: 'allow-nodes' };
  const blamed = [
    [allowIngress, other],
    [other, allowIngress],
  ].map((networkPolicies) =>
    findingOf(id, { cluster: shopCluster({ networkPolicies }), breaks: [crossNode, slowEntries] }),
  );
  expect(blamed[0]?.object).toMatchObject({ name: 'allow-ingress' });
  expect(blamed[1]).toEqual(blamed[0]);
});
