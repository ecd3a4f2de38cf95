import { expect, test } from 'vitest';
import { judgedAddresses } from '../../../src/judge/policy/judged-address.ts';
import type { HostFlow } from '../../../src/judge/policy/judged-address.ts';
import { cluster } from '../make.ts';

const BRIDGE = '10.244.1.1';
const OVERLAY = '10.244.1.0';
const NODE = '10.0.0.1';

test.for<[enforcer: string, flow: Partial<HostFlow>, wanted: string[]]>([
  ['kube-network-policies', { toNode: 'worker-1', seen: [BRIDGE] }, [BRIDGE]],
  ['kube-network-policies', { toNode: 'worker-1', seen: [BRIDGE], throughService: true }, [NODE]],
  ['kube-network-policies', { toNode: 'worker-1' }, []],
  ['kube-network-policies', { seen: [OVERLAY], throughService: true }, [OVERLAY]],
  ['kube-router', { toNode: 'worker-1', seen: [BRIDGE], throughService: true }, [BRIDGE]],
  ['calico', { seen: [OVERLAY] }, [OVERLAY]],
  ['calico', {}, [OVERLAY]],
  ['calico', { fromNode: null }, []],
  ['calico', { fromNode: 'gone' }, []],
])('%s %j: %j', ([enforcer, flow, wanted]) => {
  const networking = { ...cluster().networking, cni: 'canal', enforcer };
  const about = { fromNode: 'worker-1', toNode: 'worker-2', seen: [], throughService: false };
  expect(judgedAddresses({ ...about, cluster: cluster({ networking }), ...flow })).toEqual(wanted);
});
