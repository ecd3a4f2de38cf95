import { expect, test } from 'vitest';
import { podFaultTable } from '../../src/lab/faults/fault-tables.ts';
import { chooseVictims } from '../../src/lab/faults/fault-victims.ts';
import { planNodes } from '../../src/lab/network/address-plan.ts';
import type { KubeObject } from '../../src/lab/model.ts';
import type { Fault } from '../../src/lab/scenario/fault.ts';

const FAULT: Fault = { kind: 'blackhole', to: { namespace: 'mesa', labels: {} } };
const pod: KubeObject = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: {
    name: 'chisel',
    namespace: 'mesa',
    uid: '1',
    resourceVersion: '1',
    creationTimestamp: '2026-01-01T00:00:00Z',
  },
};

test.each([
  ['calico', '{ 172.30.0.11 }'],
  ['k3s', '{ 172.30.0.11, 10.244.1.1 }'],
] as const)('on %s the kubelet reaches the pods that a fault strikes', (profile, addresses) => {
  const [node] = planNodes({
    nodes: [{ name: 'oak', synLinearTimeouts: 4 }],
    overlay: 'vxlan',
    profile,
    families: ['IPv4'],
  });
  if (node === undefined) throw new Error('no node was planned');
  const faults = [FAULT];
  const table = podFaultTable({ faults, victims: chooseVictims(faults, [pod]), addresses: new Map() }, pod, node);
  expect(table).toContain(`ip saddr ${addresses} tcp sport 61000-65535 accept`);
});
