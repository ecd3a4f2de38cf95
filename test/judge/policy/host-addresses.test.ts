import { expect, test } from 'vitest';
import { hostAddresses } from '../../../src/judge/policy/host-addresses.ts';
import { cluster, node } from '../make.ts';

const OVERLAY = '10.244.1.0';
const NODE = '10.0.0.1';

test.for<[cni: string, encapsulation: string, wanted: string[]]>([
  ['calico', 'native', [NODE]],
  ['calico', 'ipip', [OVERLAY, NODE]],
  ['canal', 'vxlan', [OVERLAY]],
  ['flannel', 'native', [NODE]],
  ['flannel', 'unknown', [OVERLAY, NODE]],
  ['antrea', 'geneve', [OVERLAY]],
  ['antrea', 'native', [OVERLAY, NODE]],
  ['kube-router', 'unknown', [NODE]],
  ['kindnet', 'native', [NODE]],
  ['unknown', 'unknown', []],
])('%s with %s encapsulation', ([cni, encapsulation, wanted]) => {
  const networking = { ...cluster().networking, cni, encapsulation };
  expect(hostAddresses({ networking }, node())).toEqual(wanted);
});

test('an overlay whose addresses are not known leaves nothing certain', () => {
  const networking = { ...cluster().networking, cni: 'canal', encapsulation: 'vxlan' };
  expect(hostAddresses({ networking }, node({ overlayAddresses: [] }))).toEqual([]);
});
