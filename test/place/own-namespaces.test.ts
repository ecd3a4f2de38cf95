import { expect, test } from 'vitest';
import { withOwnNamespaces } from '../../src/place/own-namespaces.ts';
import { selectsNamespace } from '../../src/judge/policy/select.ts';
import { shopCluster } from '../judge/world.ts';

const unread = [
  { what: 'namespaces', because: 'may not list', subject: { kind: 'resource', resource: 'namespaces' } as const },
];
const others = [{ name: 'shop', labels: {} }];
const meansIngress = { matchLabels: { 'app.kubernetes.io/name': 'ingress-nginx' } };
const meansOurs = { matchLabels: { 'app.kubernetes.io/managed-by': 'kprobe' } };

test('namespaces that could not be listed stay unknown', () => {
  const cluster = shopCluster({ namespaces: others, unread });
  expect(withOwnNamespaces(cluster)).toBe(cluster);
});

test('ours that is there keeps the labels it has', () => {
  const labelled = [...others, { name: 'kprobe', labels: { team: 'platform' } }];
  const cluster = withOwnNamespaces(shopCluster({ namespaces: labelled }));
  expect(cluster.namespaces.filter(({ name }) => name === 'kprobe')).toEqual([
    { name: 'kprobe', labels: { team: 'platform' } },
  ]);
});

test('a selector is known to mean, or not to mean, probes of a first run', () => {
  const found = shopCluster({ namespaces: others });
  expect(selectsNamespace(meansIngress, 'kprobe', found).is).toBe('unknown');
  const cluster = withOwnNamespaces(found);
  expect(selectsNamespace(meansIngress, 'kprobe', cluster).is).toBe('no');
  expect(selectsNamespace(meansOurs, 'kprobe', cluster).is).toBe('yes');
  expect(
    selectsNamespace({ matchLabels: { 'pod-security.kubernetes.io/enforce': 'privileged' } }, 'kprobe-host', cluster)
      .is,
  ).toBe('yes');
});
