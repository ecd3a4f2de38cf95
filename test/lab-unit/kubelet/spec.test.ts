import { describe, expect, test } from 'vitest';
import { environmentOf, expand } from '../../../src/lab/kubelet/environment.ts';
import { mappedIds } from '../../../src/lab/kubelet/ids.ts';
import { imageCommand } from '../../../src/lab/kubelet/images.ts';
import { hostsFile, resolvConf } from '../../../src/lab/kubelet/resolver-files.ts';
import { rightsOf } from '../../../src/lab/kubelet/rights.ts';
import { volumeContent } from '../../../src/lab/kubelet/volume-content.ts';
import type { KubeObject } from '../../../src/lab/model.ts';

const pod = (spec: object = {}): KubeObject =>
  ({
    metadata: { name: 'p', namespace: 'shop', uid: 'u', labels: { app: 'web' }, annotations: { x: 'y' } },
    spec: {
      dnsPolicy: 'ClusterFirst',
      containers: [{ name: 'a', resources: { limits: { cpu: '1500m', memory: '64Mi' } } }],
      ...spec,
    },
    status: { podIP: '10.244.1.5', hostIP: '172.30.0.11' },
  }) as unknown as KubeObject;

const objects: Readonly<Record<string, object>> = {
  'configmaps/c': { data: { k: 'v', other: 'w' }, binaryData: { b: 'AAE=' } },
  'secrets/s': { data: { k: Buffer.from('hidden').toString('base64') } },
};
const lookup = (resource: string, name: string) => (objects[`${resource}/${name}`] ?? null) as KubeObject | null;

test.for([
  ['$(A) $(B) $$(A) $(', '1 $(B) $(A) $('],
  ['$$$(A)', '$1'],
] as const)('%s expands to %s', ([text, expected]) => {
  expect(expand(text, { A: '1' })).toBe(expected);
});

describe('an environment', () => {
  test.for([
    [{ value: 'plain' }, 'plain'],
    [{ value: 'at $(BASE)' }, 'at b'],
    [{ valueFrom: { fieldRef: { fieldPath: 'status.podIP' } } }, '10.244.1.5'],
    [{ valueFrom: { fieldRef: { fieldPath: "metadata.annotations['x']" } } }, 'y'],
    [{ valueFrom: { configMapKeyRef: { name: 'c', key: 'k' } } }, 'v'],
    [{ valueFrom: { secretKeyRef: { name: 's', key: 'k' } } }, 'hidden'],
    [{ valueFrom: { configMapKeyRef: { name: 'none', key: 'k', optional: true } } }, undefined],
    [{ valueFrom: { resourceFieldRef: { resource: 'limits.cpu' } } }, '2'],
    [{ valueFrom: { resourceFieldRef: { resource: 'limits.memory' } } }, '67108864'],
  ] as const)('variable %j is %s', ([variable, expected]) => {
    const container = { ...pod()['spec'].containers[0], env: [{ name: 'X', ...variable }] };
    const environment = environmentOf(pod(), container, { base: { BASE: 'b' }, lookup });
    expect(environment.ok && environment.values['X']).toBe(expected);
  });

  test('with a missing key is an error that names it', () => {
    const env = [{ name: 'X', valueFrom: { configMapKeyRef: { name: 'c', key: 'gone' } } }];
    expect(environmentOf(pod(), { env }, { base: {}, lookup })).toEqual({
      ok: false,
      problem: "couldn't find key gone in ConfigMap shop/c",
    });
  });
});

describe('/etc/resolv.conf', () => {
  const cluster =
    'search shop.svc.cluster.local svc.cluster.local cluster.local\nnameserver 10.96.0.10\noptions ndots:5\n';
  const node = 'nameserver 192.0.2.1\n';
  test.for([
    [{}, cluster],
    [{ hostNetwork: true }, node],
    [{ hostNetwork: true, dnsPolicy: 'ClusterFirstWithHostNet' }, cluster],
    [{ dnsPolicy: 'Default' }, node],
    [
      {
        dnsPolicy: 'None',
        dnsConfig: { nameservers: ['1.1.1.1'], options: [{ name: 'ndots', value: '1' }, { name: 'single-request' }] },
      },
      'nameserver 1.1.1.1\noptions ndots:1 single-request\n',
    ],
    [{ dnsConfig: { options: [{ name: 'ndots', value: '2' }] } }, cluster.replace('ndots:5', 'ndots:2')],
  ] as const)('of a pod with %j', ([spec, expected]) => {
    expect(resolvConf(pod(spec), { nodeFile: node, clusterDomain: 'cluster.local', address: '172.30.0.11' })).toBe(
      expected,
    );
  });
});

test('/etc/hosts has the pod, its subdomain and its aliases', () => {
  const text = hostsFile(pod({ subdomain: 'db', hostAliases: [{ ip: '192.0.2.9', hostnames: ['far', 'away'] }] }), {
    addresses: ['10.0.0.1'],
    hostname: 'db-0',
    clusterDomain: 'cluster.local',
  });
  expect(text).toContain('10.0.0.1\tdb-0.db.shop.svc.cluster.local\tdb-0\n192.0.2.9\tfar\taway\n');
});

describe('a volume', () => {
  const shown = (volume: object) => {
    const content = volumeContent(pod(), volume, lookup);
    if (content === null || !content.ok) return content?.problem ?? null;
    return Object.fromEntries([...content.files].map(([path, file]) => [path, file.content.toString('latin1')]));
  };
  test.for([
    [{ emptyDir: {} }, null],
    [{ configMap: { name: 'c' } }, { k: 'v', other: 'w', b: '\0\x01' }],
    [{ configMap: { name: 'c', items: [{ key: 'k', path: 'dir/renamed' }] } }, { 'dir/renamed': 'v' }],
    [{ configMap: { name: 'none', optional: true } }, {}],
    [{ configMap: { name: 'none' } }, 'configmap "none" not found'],
    [{ configMap: { name: 'c', items: [{ key: 'gone', path: 'x' }] } }, 'references non-existent config key: gone'],
    [{ configMap: { name: 'c', items: [{ key: 'k', path: '../../etc/passwd' }] } }, 'invalid path "../../etc/passwd"'],
    [{ secret: { secretName: 's' } }, { k: 'hidden' }],
    [{ downwardAPI: { items: [{ path: 'a', fieldRef: { fieldPath: 'metadata.labels' } }] } }, { a: 'app="web"' }],
    [
      {
        projected: {
          sources: [
            { configMap: { name: 'c', items: [{ key: 'k', path: 'k' }] } },
            { downwardAPI: { items: [{ path: 'n', fieldRef: { fieldPath: 'metadata.name' } }] } },
          ],
        },
      },
      { k: 'v', n: 'p' },
    ],
  ] as const)('%j holds %j', ([volume, expected]) => {
    expect(shown(volume)).toEqual(expected);
  });
});

test.for([
  ['node:24-slim', [], ['node']],
  ['docker.io/library/node:24-slim@sha256:abc', [], ['node']],
  ['docker.io/rig/tools:1', [], ['sh']],
  ['busybox', ['sleep', '1'], ['sleep', '1']],
  ['lab/dns', ['--port', '53'], ['dns', '--port', '53']],
  ['registry.example.com:5000/node:24', [], null],
  ['example.com/other', [], null],
] as const)('image %s with %j runs %j', ([image, args, expected]) => {
  expect(imageCommand(image, args)).toEqual(expected);
});

describe('rights', () => {
  const any = () => true;
  const none = (id: number) => id === 0;

  test('drop everything on request', () => {
    const container = {
      securityContext: { capabilities: { drop: ['ALL'] }, allowPrivilegeEscalation: false, runAsUser: 1000 },
    };
    expect(rightsOf({}, container, any).rights).toEqual({ user: 1000, group: 0, capabilities: [], mayGain: false });
  });

  test('never include administration unless asked for', () => {
    expect(rightsOf({}, {}, any).rights.capabilities).not.toContain('sys_admin');
    expect(
      rightsOf({}, { securityContext: { capabilities: { add: ['NET_ADMIN'] } } }, any).rights.capabilities,
    ).toContain('net_admin');
  });

  test('name the ids that this machine does not map', () => {
    expect(rightsOf({ securityContext: { runAsUser: 1000 } }, {}, none)).toMatchObject({
      rights: { user: null },
      ignored: ['runAsUser 1000'],
    });
  });

  test.for([
    ['         0          0 4294967295\n', true],
    ['         0       1000          1\n', false],
  ] as const)('read the map %j', ([map, expected]) => {
    expect(mappedIds(map)(1000)).toBe(expected);
  });
});
