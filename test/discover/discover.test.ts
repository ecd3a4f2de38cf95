import { describe, expect, test } from 'vitest';
import { resolveTarget } from '../../src/discover/target.ts';
import { Cluster } from '../../src/model/cluster.ts';
import { unreadOf } from '../../src/model/unread.ts';
import { discovered, ingress, ingressClass, nginxPod, node, pod, service, SHOP, slice } from './cluster.ts';
import { readPod } from '../../src/discover/workloads.ts';
import type { ApiObject } from '../../src/api/cluster-client.ts';

const daemonSet = (name: string, args: readonly string[] = [], container = 'c'): ApiObject => ({
  metadata: { name, namespace: 'kube-system' },
  spec: { template: { spec: { containers: [{ name: container, args }] } } },
});
const configMap = (name: string, data: object, namespace = 'kube-system'): ApiObject => ({
  metadata: { name, namespace },
  data,
});

describe('discover', () => {
  test('yields a cluster that its own schema accepts', async () => {
    const cluster = await discovered(SHOP);
    expect(Cluster.parse(cluster)).toEqual(cluster);
    expect(cluster.unread).toEqual([]);
    expect(cluster.controllers).toMatchObject([
      { className: 'nginx', implementation: 'ingress-nginx', connectTimeoutMs: 5000, tries: 3 },
    ]);
  });

  test.for<[string | null, ApiObject[]]>([
    [null, [{ metadata: { name: 'shop', uid: 'u-shop' } }]],
    [null, [{ metadata: { name: 'kube-system' } }]],
    ['u-1', [{ metadata: { name: 'shop', uid: 'u-shop' } }, { metadata: { name: 'kube-system', uid: 'u-1' } }]],
  ])('knows the cluster by the uid of kube-system: %s', async ([uid, namespaces]) => {
    expect((await discovered({ namespaces })).uid ?? null).toBe(uid);
  });

  test('names the right that is missing for each list, and goes on', async () => {
    const cluster = await discovered(SHOP, { denied: ['networkpolicies', 'nodes', 'daemonsets'] });
    expect(cluster.unread).toEqual([
      {
        what: 'daemonsets.apps',
        because: 'may not list daemonsets.apps in all namespaces',
        subject: { kind: 'resource', resource: 'daemonsets' },
      },
      { what: 'nodes', because: 'may not list nodes', subject: { kind: 'resource', resource: 'nodes' } },
      {
        what: 'networkpolicies.networking.k8s.io',
        because: 'may not list networkpolicies.networking.k8s.io in all namespaces',
        subject: { kind: 'resource', resource: 'networkpolicies' },
      },
    ]);
    expect(cluster.pods).toHaveLength(3);
  });

  test.for<[string, unknown]>([
    ['nothing', {}],
    ['a null', { metadata: { name: 'x', namespace: 'y' }, spec: null, status: null }],
    [
      'wrong types',
      {
        metadata: { name: 'x', namespace: 'y', labels: [1], ownerReferences: {}, annotations: 'z' },
        spec: { rules: 7, ports: ['a'], containers: {}, taints: 'no', clusterIPs: [{}], hostnames: {}, parentRefs: 1 },
        status: { addresses: 'q', conditions: [null], podIPs: [5], loadBalancer: 3 },
        ports: {},
        endpoints: [[null]],
      },
    ],
    [
      'hostile keys',
      {
        metadata: { name: '__proto__', namespace: 'constructor', labels: { constructor: 'toString' } },
        spec: { rules: [{ http: { paths: [null, { backend: { service: { name: 1 } } }] } }] },
      },
    ],
  ])('survives objects made of %s in every kind', async ([, object]) => {
    const kinds = [
      'nodes',
      'namespaces',
      'pods',
      'services',
      'endpointslices',
      'ingresses',
      'ingressclasses',
      'networkpolicies',
      'daemonsets',
      'httproutes',
      'gateways',
      'gatewayclasses',
      'httpproxies',
    ];
    const cluster = await discovered(Object.fromEntries(kinds.map((kind) => [kind, [object as ApiObject]])), {
      groups: { 'gateway.networking.k8s.io': 'v1', 'projectcontour.io': 'v1', 'cilium.io': 'v2' },
    });
    expect(Cluster.safeParse(cluster).success).toBe(true);
  });
});

describe('networking', () => {
  const annotated = (annotations: Record<string, string>) => [node('n1', { annotations })];
  test.for<[string, Record<string, readonly ApiObject[]>, object, readonly string[]]>([
    ['nothing', {}, { cni: 'unknown', enforcer: 'unknown', encapsulation: 'unknown', proxyMode: 'unknown' }, []],
    [
      'canal',
      {
        daemonsets: [daemonSet('rke2-canal'), daemonSet('calico-node')],
        nodes: annotated({ 'flannel.alpha.coreos.com/backend-type': 'vxlan' }),
      },
      { cni: 'canal', enforcer: 'calico', encapsulation: 'vxlan' },
      ['10.42.1.0'],
    ],
    [
      'calico over IPIP',
      {
        daemonsets: [daemonSet('calico-node')],
        nodes: annotated({ 'projectcalico.org/IPv4IPIPTunnelAddr': '10.244.9.64' }),
      },
      { cni: 'calico', enforcer: 'calico', encapsulation: 'ipip' },
      ['10.244.9.64'],
    ],
    [
      'calico without encapsulation',
      { daemonsets: [daemonSet('calico-node')], nodes: annotated({ 'projectcalico.org/IPv4Address': '192.0.2.1/24' }) },
      { encapsulation: 'native' },
      [],
    ],
    [
      'flannel alone',
      { daemonsets: [daemonSet('kube-flannel-ds')] },
      { cni: 'flannel', enforcer: 'none', encapsulation: 'unknown' },
      ['10.42.1.0'],
    ],
    [
      'flannel with host-gw and policies',
      {
        daemonsets: [daemonSet('kube-flannel-ds', [], 'kube-network-policies')],
        nodes: annotated({ 'flannel.alpha.coreos.com/backend-type': 'host-gw' }),
      },
      { enforcer: 'kube-network-policies', encapsulation: 'native' },
      [],
    ],
    [
      'cilium',
      {
        daemonsets: [daemonSet('cilium')],
        configmaps: [
          configMap('cilium-config', {
            'routing-mode': 'tunnel',
            'tunnel-protocol': 'geneve',
            'kube-proxy-replacement': 'true',
          }),
        ],
      },
      { cni: 'cilium', enforcer: 'cilium', encapsulation: 'geneve', proxyMode: 'cilium' },
      [],
    ],
    [
      'cilium that enforces nothing',
      { daemonsets: [daemonSet('cilium')], configmaps: [configMap('cilium-config', { 'enable-policy': 'never' })] },
      { enforcer: 'none' },
      [],
    ],
    ['AWS without policies', { daemonsets: [daemonSet('aws-node')] }, { cni: 'aws', enforcer: 'none' }, []],
    [
      'AWS with policies',
      { daemonsets: [daemonSet('aws-node', ['--enable-network-policy=true'])] },
      { enforcer: 'aws' },
      [],
    ],
    ['antrea', { daemonsets: [daemonSet('antrea-agent')] }, { cni: 'antrea' }, ['10.42.1.1']],
    [
      'OVN',
      {
        daemonsets: [daemonSet('ovnkube-node-x')],
        nodes: annotated({ 'k8s.ovn.org/node-subnets': '{"default":["10.128.2.0/23"]}' }),
      },
      { cni: 'ovn-kubernetes' },
      ['10.128.2.2'],
    ],
    [
      'k3s',
      { nodes: [node('n1', { kubelet: 'v1.34.1+k3s1' })] },
      { cni: 'flannel', enforcer: 'kube-router' },
      ['10.42.1.0'],
    ],
    [
      'k3s without policies',
      {
        nodes: [
          node('n1', {
            kubelet: 'v1.34.1+k3s1',
            annotations: { 'k3s.io/node-args': '["server","--disable-network-policy"]' },
          }),
        ],
      },
      { enforcer: 'none' },
      ['10.42.1.0'],
    ],
    [
      'kube-router that does all',
      { daemonsets: [daemonSet('kube-router', ['--run-firewall=true'])] },
      { cni: 'kube-router', enforcer: 'kube-router' },
      [],
    ],
    [
      'kube-router that only routes',
      { daemonsets: [daemonSet('kube-router', ['--run-firewall=false'])] },
      { cni: 'kube-router', enforcer: 'none' },
      [],
    ],
    [
      'kube-router as the firewall of an unknown network',
      { daemonsets: [daemonSet('kube-router', ['--run-router=false'])] },
      { cni: 'unknown', enforcer: 'kube-router' },
      [],
    ],
    [
      'kube-router as the firewall of flannel',
      { daemonsets: [daemonSet('kube-router', ['--run-firewall']), daemonSet('kube-flannel-ds')] },
      { cni: 'flannel', enforcer: 'kube-router' },
      ['10.42.1.0'],
    ],
    [
      'kube-network-policies beside flannel',
      { daemonsets: [daemonSet('kube-network-policies'), daemonSet('kube-flannel-ds')] },
      { cni: 'flannel', enforcer: 'kube-network-policies', because: expect.stringContaining('policies by') },
      ['10.42.1.0'],
    ],
    [
      'kube-network-policies alone',
      { daemonsets: [daemonSet('kube-network-policies')] },
      { cni: 'unknown', enforcer: 'kube-network-policies' },
      [],
    ],
    ['kindnet', { daemonsets: [daemonSet('kindnet')] }, { cni: 'kindnet', enforcer: 'kindnet' }, []],
    [
      'kindnet whose policies another enforces',
      { daemonsets: [daemonSet('kindnet', ['--network-policy=false']), daemonSet('kube-network-policies')] },
      { cni: 'kindnet', enforcer: 'kube-network-policies' },
      [],
    ],
    [
      'calico beside flannel, which is Canal',
      { daemonsets: [daemonSet('calico-node'), daemonSet('kube-flannel')] },
      { cni: 'canal', enforcer: 'calico' },
      ['10.42.1.0'],
    ],
    [
      'kube-proxy by its ConfigMap',
      { configmaps: [configMap('kube-proxy', { 'config.conf': 'mode: nftables\n' })] },
      { proxyMode: 'nftables' },
      [],
    ],
    [
      'kube-proxy by default',
      { configmaps: [configMap('kube-proxy', { 'config.conf': 'mode: ""\n' })] },
      { proxyMode: 'iptables' },
      [],
    ],
  ])('recognises %s', async ([, objects, expected, overlay]) => {
    const cluster = await discovered({ nodes: [node('n1')], ...objects });
    expect(cluster.networking).toMatchObject(expected);
    expect(cluster.nodes[0]?.overlayAddresses).toEqual(overlay);
  });

  test('counts other policy kinds only where there are objects of them, or they may not be seen', async () => {
    const groups = { 'cilium.io': 'v2', 'crd.projectcalico.org': 'v1' };
    const objects = { ciliumnetworkpolicies: [{ metadata: { name: 'x' } }] };
    const seen = await discovered(objects, { groups });
    expect(seen.networking.unevaluated).toEqual(['CiliumNetworkPolicy']);
    const unseen = await discovered({}, { groups, denied: ['globalnetworkpolicies'] });
    expect(unseen.networking.unevaluated).toEqual(['GlobalNetworkPolicy']);
  });
});

describe('controllers', () => {
  const classes = [
    ingressClass('nginx', 'k8s.io/ingress-nginx'),
    ingressClass('inner', 'k8s.io/ingress-nginx/inner'),
    ingressClass('alb', 'ingress.k8s.aws/alb'),
  ];

  test('are found by their arguments before their labels', async () => {
    const told = pod('odd', {
      namespace: 'edge',
      args: ['--controller-class=k8s.io/ingress-nginx/inner', '--configmap=$(POD_NAMESPACE)/edge-config'],
    });
    const cluster = await discovered({
      ...SHOP,
      ingressclasses: classes,
      pods: [...(SHOP['pods'] ?? []), told],
      configmaps: [
        configMap('edge-config', { 'proxy-connect-timeout': '3', 'proxy-next-upstream-tries': '2' }, 'edge'),
      ],
    });
    const inner = cluster.controllers.find(({ className }) => className === 'inner');
    expect(inner).toMatchObject({
      pods: [{ namespace: 'edge', name: 'odd' }],
      connectTimeoutMs: 3000,
      readTimeoutMs: 60_000,
      tries: 2,
      timersFrom: 'ConfigMap edge/edge-config',
    });
    expect(cluster.controllers.some(({ className }) => className === 'alb')).toBe(false);
  });

  test('are found by the Service whose address the Ingress publishes', async () => {
    const labels = { mine: 'yes' };
    const cluster = await discovered({
      ...SHOP,
      ingressclasses: [ingressClass('own', 'example.com/own')],
      ingresses: [
        ingress('web', 'shop.example.com', {
          spec: { ingressClassName: 'own' },
          status: { loadBalancer: { ingress: [{ ip: '203.0.113.5' }] } },
        }),
      ],
      services: [
        ...(SHOP['services'] ?? []),
        service(
          'lb',
          { type: 'LoadBalancer', clusterIP: '10.96.0.99', selector: labels, ports: [{ port: 80 }] },
          { namespace: 'edge', status: { loadBalancer: { ingress: [{ ip: '203.0.113.5' }] } } },
        ),
      ],
      endpointslices: [
        slice('lb', {
          namespace: 'edge',
          ports: [{ port: 8000 }],
          endpoints: [{ addresses: ['10.1.0.50'], targetRef: { kind: 'Pod', name: 'proxy', namespace: 'edge' } }],
        }),
      ],
      pods: [pod('proxy', { namespace: 'edge', ip: '10.1.0.50', labels })],
    });
    expect(cluster.controllers).toMatchObject([
      { className: 'own', implementation: 'unknown', pods: [{ name: 'proxy' }], connectTimeoutMs: null },
    ]);
  });

  test('stand without pods where none serves a known class', async () => {
    const cluster = await discovered({ ...SHOP, pods: [] });
    expect(cluster.controllers).toMatchObject([
      { className: 'nginx', pods: [], foundBy: expect.stringContaining('no running pod') },
    ]);
  });

  test('keep an unreadable ConfigMap apart from one that sets nothing', async () => {
    const denied = await discovered(SHOP, { denied: ['configmaps'] });
    expect(denied.controllers[0]?.timersFrom).toMatch(/could not be read/);
    expect(denied.unread).toContainEqual({
      what: 'ConfigMap ingress-nginx/ingress-nginx-controller',
      because: 'may not get configmaps in namespace ingress-nginx',
      subject: { kind: 'resource', resource: 'configmaps' },
    });
    const silent = await discovered({
      ...SHOP,
      configmaps: [configMap('ingress-nginx-controller', {}, 'ingress-nginx')],
    });
    expect(silent.controllers[0]?.timersFrom).toMatch(/sets none/);
  });

  test('of a Gateway are the pods that bear its name', async () => {
    const cluster = await discovered(
      {
        ...SHOP,
        gatewayclasses: [{ metadata: { name: 'istio' }, spec: { controllerName: 'istio.io/gateway-controller' } }],
        gateways: [
          {
            metadata: { name: 'edge', namespace: 'infra' },
            spec: {
              gatewayClassName: 'istio',
              listeners: [{ name: 'web', protocol: 'HTTP', hostname: '*.example.com' }],
            },
          },
        ],
        httproutes: [
          {
            metadata: { name: 'r', namespace: 'shop' },
            spec: {
              parentRefs: [{ name: 'edge', namespace: 'infra' }],
              rules: [{ backendRefs: [{ name: 'web', port: 80 }] }],
            },
          },
        ],
        pods: [
          nginxPod('n'),
          pod('edge-istio', { namespace: 'infra', labels: { 'gateway.networking.k8s.io/gateway-name': 'edge' } }),
        ],
      },
      { groups: { 'gateway.networking.k8s.io': 'v1' } },
    );
    expect(cluster.controllers.find(({ className }) => className === 'infra/edge')).toMatchObject({
      implementation: 'istio',
      pods: [{ name: 'edge-istio' }],
      connectTimeoutMs: 10_000,
    });
    expect(cluster.routes.find(({ kind }) => kind === 'HTTPRoute')).toMatchObject({
      host: '*.example.com',
      service: 'web',
      className: 'infra/edge',
    });
  });
});

describe('a static Contour for a Gateway', () => {
  const settings = (text: string) => [configMap('contour', { 'contour.yaml': text }, 'projectcontour')];
  const gateway = {
    metadata: { name: 'edge', namespace: 'projectcontour' },
    spec: { gatewayClassName: 'contour', listeners: [{ name: 'http', protocol: 'HTTP', port: 80 }] },
    status: { conditions: [{ type: 'Programmed', status: 'True' }] },
  };
  const gatewayClass = {
    metadata: { name: 'contour' },
    spec: { controllerName: 'projectcontour.io/gateway-controller' },
    status: { conditions: [{ type: 'Accepted', status: 'Unknown' }] },
  };
  const route = (rule: object) => ({
    metadata: { name: 'web', namespace: 'shop' },
    spec: {
      hostnames: ['shop.example.com'],
      parentRefs: [{ name: 'edge', namespace: 'projectcontour' }],
      rules: [{ backendRefs: [{ name: 'web', port: 80 }], ...rule }],
    },
  });
  const envoy = service(
    'envoy',
    {
      type: 'NodePort',
      externalTrafficPolicy: 'Local',
      clusterIP: '10.96.0.50',
      selector: { app: 'envoy' },
      ports: [{ name: 'http', port: 80, targetPort: 'http', nodePort: 30081 }],
    },
    { namespace: 'projectcontour' },
  );
  const proxy = pod('envoy-1', {
    namespace: 'projectcontour',
    ip: '10.1.0.60',
    labels: { app: 'envoy' },
    ports: [{ name: 'http', containerPort: 8080 }],
  });
  const contour = (text: string, rule: object = {}) =>
    discovered(
      {
        ...SHOP,
        ingresses: [],
        gatewayclasses: [gatewayClass],
        gateways: [gateway],
        httproutes: [route(rule)],
        services: [...(SHOP['services'] ?? []), envoy],
        pods: [proxy],
        configmaps: settings(text),
      },
      { groups: { 'gateway.networking.k8s.io': 'v1' } },
    );
  const controllerIn = ({ controllers }: Cluster) =>
    controllers.find(({ className }) => className === 'projectcontour/edge');

  test('is entered at its proxies and at the port of each node that has one', async () => {
    const cluster = await contour('');
    const { entries, className } = resolveTarget('shop.example.com', cluster, { namespace: 'shop', from: null });
    expect(className).toBe('projectcontour/edge');
    expect(entries.map(({ address, port }) => `${address}:${port}`)).toEqual(['10.1.0.60:8080', '192.0.2.1:30081']);
  });

  test.for<[string, string, number, RegExp]>([
    ['nothing', 'gateway: {}', 2000, /defaults of contour; ConfigMap projectcontour\/contour sets none/],
    ['seconds', 'timeouts:\n  connect-timeout: 5s', 5000, /^ConfigMap projectcontour\/contour$/],
    ['minutes and seconds', 'timeouts: {connect-timeout: 1m1.5s}', 61_500, /^ConfigMap/],
    ['no duration', 'timeouts: {connect-timeout: soon}', 2000, /^ConfigMap/],
    ['no YAML', '{', 2000, /sets none/],
    ['another limit, of how long a request may take to arrive', 'timeouts: {request-timeout: 7s}', 2000, /sets none/],
  ])('has the connect timeout of its ConfigMap, which says %s', async ([, text, connectTimeoutMs, from]) => {
    const controller = controllerIn(await contour(text));
    expect(controller).toMatchObject({ implementation: 'contour', connectTimeoutMs, readTimeoutMs: 15_000 });
    expect(controller?.timersFrom).toMatch(from);
  });

  test.for<[object, number | undefined]>([
    [{}, undefined],
    [{ timeouts: { request: '1s' } }, 1000],
    [{ timeouts: { request: '1m500ms' } }, 60_500],
    [{ timeouts: { request: '10s', backendRequest: '2s' } }, 2000],
    [{ timeouts: { request: '0s', backendRequest: '2s' } }, 2000],
    [{ timeouts: { request: '0s' } }, undefined],
    [{ timeouts: { request: 7 } }, undefined],
    [{ timeouts: { request: '10s', backendRequest: '2s' }, retry: { attempts: 1 } }, 10_000],
  ])('limits requests as the route says: %j', async ([rule, requestTimeoutMs]) => {
    const [found] = (await contour('', rule)).routes;
    expect(found?.timers?.requestTimeoutMs).toBe(requestTimeoutMs);
  });
});

describe('pods and workloads', () => {
  const withSpec = (spec: object): ApiObject => ({ metadata: { name: 'p', namespace: 'shop' }, spec });
  test.for<[object, object]>([
    [{ dnsPolicy: 'ClusterFirst' }, { dnsPolicy: 'ClusterFirst' }],
    [
      { dnsPolicy: 'None', dnsConfig: { nameservers: ['192.0.2.53'] } },
      {
        dnsPolicy: 'None',
        dnsConfig: { nameservers: ['192.0.2.53'], searches: [], options: [] },
      },
    ],
    [
      { dnsConfig: { searches: ['corp.test'], options: [{ name: 'ndots', value: '2' }, { name: 'edns0' }, {}] } },
      {
        dnsConfig: { nameservers: [], searches: ['corp.test'], options: ['ndots:2', 'edns0'] },
      },
    ],
    [{ dnsConfig: {} }, {}],
  ])('know how the resolver is made: %j', async ([spec, expected]) => {
    const [read] = (await discovered({ pods: [withSpec(spec)] })).pods;
    const { dnsPolicy, dnsConfig } = read!;
    expect(JSON.parse(JSON.stringify({ dnsPolicy, dnsConfig }))).toEqual(expected);
  });

  test.each([
    [[{}], undefined],
    [[{ resources: { limits: { memory: '64Mi' } } }], undefined],
    [[{ resources: { limits: { cpu: '100m' } } }], 0.1],
    [[{ resources: { limits: { cpu: '1500m' } } }, { resources: { limits: { cpu: '0.25' } } }, {}], 0.25],
    [[{ resources: { limits: { cpu: 2 } } }], 2],
    [[{ resources: { limits: { cpu: '0' } } }], undefined],
    [[{ resources: { limits: { cpu: { toString: 1 } } } }], undefined],
  ])('the CPU limit of containers %j is %s', (containers, expected) => {
    expect(readPod({ metadata: { name: 'a', namespace: 'b' }, spec: { containers } })?.cpuLimit).toBe(expected);
  });

  const workload = (spec: object): ApiObject => ({
    metadata: { name: 'web', namespace: 'shop' },
    spec: { ...spec, template: { metadata: { labels: { app: 'web' } } } },
  });
  const common = { namespace: 'shop', name: 'web', podLabels: { app: 'web' } };
  const objects = {
    deployments: [workload({ replicas: 0 })],
    statefulsets: [workload({})],
    daemonsets: [workload({})],
  };

  test('are counted as they are wanted', async () => {
    expect((await discovered(objects)).workloads).toEqual([
      { ...common, kind: 'Deployment', replicas: 0 },
      { ...common, kind: 'StatefulSet', replicas: 1 },
      { ...common, kind: 'DaemonSet', replicas: null },
    ]);
  });

  test('are those that may be read; the others are a limitation', async () => {
    const some = await discovered(objects, { denied: ['deployments'] });
    expect(some.workloads?.map(({ kind }) => kind)).toEqual(['StatefulSet', 'DaemonSet']);
    expect(unreadOf(some, 'deployments')).not.toBeNull();
    expect(unreadOf(some, 'statefulsets')).toBeNull();
    const none = await discovered(objects, { denied: ['deployments', 'statefulsets', 'daemonsets'] });
    expect(none.workloads).toBeUndefined();
  });

  test('of other makers bear their group in a limitation', async () => {
    const cluster = await discovered({}, { groups: { 'crd.projectcalico.org': 'v1' }, denied: ['networkpolicies'] });
    expect(cluster.unread.map(({ subject }) => subject)).toEqual([
      { kind: 'resource', resource: 'networkpolicies' },
      { kind: 'resource', resource: 'networkpolicies.crd.projectcalico.org' },
    ]);
  });
});

describe('dns', () => {
  const dns = (name: string, namespace: string, labels = {}) =>
    service(name, { clusterIP: '10.96.0.10', ports: [{ port: 53 }] }, { namespace, labels });
  test.for<[string, ApiObject[], object | null]>([
    ['nothing', [service('web', { clusterIP: '10.96.0.7', ports: [{ port: 80 }] })], null],
    ['one of another namespace', [dns('kube-dns', 'shop')], null],
    ['kubeadm', [dns('kube-dns', 'kube-system')], { namespace: 'kube-system', name: 'kube-dns' }],
    [
      'a label',
      [dns('rke2-odd', 'kube-system', { 'k8s-app': 'kube-dns' })],
      { namespace: 'kube-system', name: 'rke2-odd' },
    ],
    ['OpenShift', [dns('dns-default', 'openshift-dns')], { namespace: 'openshift-dns', name: 'dns-default' }],
  ])('is found by %s', async ([, services, expected]) => {
    expect((await discovered({ services })).dnsService).toEqual(expected);
  });
});
