import { describe, expect, test } from 'vitest';
import type { Treatment } from '../../../src/lab/network/newborns.ts';
import { policyEngine } from '../../../src/lab/network/policy-engines.ts';
import type { PolicySpec } from '../../../src/lab/network/policy-rules.ts';
import type { PolicyPod } from '../../../src/lab/network/policy-select.ts';
import { policyTable } from '../../../src/lab/network/policy-table.ts';
import type { Topology } from '../../../src/lab/model.ts';

const pod: PolicyPod = {
  uid: 'x',
  namespace: 'a',
  labels: { app: 'web' },
  address: '10.244.1.2',
  node: 'n1',
  ports: [{ name: 'http', protocol: 'tcp', port: 8080 }],
};

function tableFor(profile: Topology['profile'], specs: readonly PolicySpec[], treatment: Treatment = 'by-policy') {
  return policyTable({
    policies: specs.map((spec) => ({ namespace: 'a', spec })),
    namespaces: new Map(),
    family: 'IPv4',
    subjects: [{ pod, treatment }],
    peers: [pod],
    node: 'n1',
    engine: policyEngine({ profile, policyAgent: null }),
  });
}

/** The lines of one chain, without the braces. */
function chain(table: string, name: string): string[] | null {
  const body = table.split(`  chain ${name} {\n`)[1]?.split('  }')[0];
  return body === undefined
    ? null
    : body
        .split('\n')
        .map((line) => line.trim())
        .filter((line) => line !== '');
}

const DENY: PolicySpec = { podSelector: {}, policyTypes: ['Ingress'] };
const DENY_BOTH: PolicySpec = { podSelector: {}, policyTypes: ['Ingress', 'Egress'] };

describe('what a newborn gets', () => {
  test('an open one is in no chain, whatever policies say', () => {
    expect(tableFor('calico', [DENY_BOTH], 'open')).toBe('');
  });
  test('a denied one lets nothing pass in either direction, without any policy', () => {
    const table = tableFor('calico', [], 'denied');
    expect(chain(table, 'egress/10.244.1.2')).toEqual(['counter drop;']);
    expect(chain(table, 'ingress/10.244.1.2')).toEqual(['counter drop;']);
  });
  test('a pod that no policy selects is in no chain', () => {
    expect(tableFor('calico', [])).toBe('');
  });
});

describe('what differs between engines', () => {
  test.each([
    ['calico', ['forward', 'input'], 'counter drop;'],
    ['kube-router', ['forward', 'input'], 'counter reject with icmp type port-unreachable;'],
    ['k3s', ['forward', 'input'], 'counter reject with icmp type port-unreachable;'],
    ['kube-network-policies', ['input', 'postrouting'], 'counter drop;'],
  ] as const)('%s stands in its hooks and refuses in its way', (profile, hooks, refusal) => {
    const table = tableFor(profile, [DENY]);
    const present = ['forward', 'input', 'postrouting', 'output'].filter((hook) => chain(table, hook) !== null);
    expect(present).toEqual(hooks);
    expect(chain(table, 'ingress/10.244.1.2')).toEqual([refusal]);
  });

  test('only kube-network-policies asks for the uid, before anything is judged', () => {
    const lines = chain(tableFor('kube-network-policies', [DENY]), 'postrouting') ?? [];
    expect(lines.indexOf('meta skuid 0 accept;')).toBeGreaterThan(0);
    expect(lines.indexOf('meta skuid 0 accept;')).toBeLessThan(lines.indexOf('jump ingress;'));
    for (const profile of ['calico', 'kube-router'] as const) expect(tableFor(profile, [DENY])).not.toContain('skuid');
  });

  test('under flannel alone there is nothing', () => {
    expect(tableFor('flannel', [DENY])).toBe('');
  });

  test('kube-router lets a pod reach itself where one direction is free, and judges by both where none is', () => {
    const half = tableFor('kube-router', [DENY]);
    expect(chain(half, 'ingress')).toEqual(['ip daddr 10.244.1.2 ip saddr != 10.244.1.2 jump ingress/10.244.1.2;']);
    const rule = { to: [{ podSelector: {} }] };
    const whole = tableFor('kube-router', [{ ...DENY_BOTH, egress: [rule] }]);
    expect(chain(whole, 'ingress')).toContain('ip saddr 10.244.1.2 ip daddr 10.244.1.2 jump hairpin/10.244.1.2;');
    expect(chain(whole, 'hairpin/10.244.1.2')?.at(0)).toBe('ip daddr { 10.244.1.2 } return;');
    expect(chain(tableFor('calico', [DENY]), 'ingress')).toEqual(['ip daddr 10.244.1.2 jump ingress/10.244.1.2;']);
  });

  test('an agent that a scenario asks for replaces the profile’s own, and flannel has none', () => {
    const policyAgent = { learnsAfterMs: 4000, newborn: 'denied', matchedAfterMs: 4000 } as const;
    expect(policyEngine({ profile: 'kube-router', policyAgent })?.agent).toEqual(policyAgent);
    expect(policyEngine({ profile: 'flannel', policyAgent })).toBeNull();
  });
});
