import { describe, expect, test } from 'vitest';
import { cluster, controller, namespace, node, pod, service as serviceMade, slice } from '../../judge/make.ts';
import { findings, ingress, policy, service, workload } from '../reading.ts';

/** nginx on the host network of both workers, its namespace with the label that charts give it; DNS; a monitoring system. */
const nginx = [1, 2].map((number) =>
  pod({
    namespace: 'ingress-nginx',
    name: `nginx-${number}`,
    labels: { 'app.kubernetes.io/name': 'ingress-nginx', 'app.kubernetes.io/component': 'controller' },
    node: `worker-${number}`,
    addresses: [`10.0.0.${number}`],
    hostNetwork: true,
    owner: { kind: 'DaemonSet', name: 'nginx' },
  }),
);
const dnsPod = pod({
  namespace: 'kube-system',
  name: 'coredns-1',
  labels: { 'k8s-app': 'kube-dns' },
  ports: [
    { name: 'dns', port: 53, protocol: 'UDP' },
    { name: 'dns-tcp', port: 53, protocol: 'TCP' },
  ],
});
const prometheus = pod({ namespace: 'monitoring', name: 'prometheus-1', labels: { app: 'prometheus' } });
const dns = serviceMade({
  namespace: 'kube-system',
  name: 'kube-dns',
  clusterIps: ['10.96.0.10'],
  selector: { 'k8s-app': 'kube-dns' },
  ports: [
    { name: 'dns', port: 53, targetPort: 53, nodePort: null, protocol: 'UDP' },
    { name: 'dns-tcp', port: 53, targetPort: 53, nodePort: null, protocol: 'TCP' },
  ],
});
const kubernetes = serviceMade({
  namespace: 'default',
  name: 'kubernetes',
  clusterIps: ['10.96.0.1'],
  selector: {},
  ports: [{ name: 'https', port: 443, targetPort: 6443, nodePort: null, protocol: 'TCP' }],
});

function world(over: Parameters<typeof cluster>[0] = {}) {
  return cluster({
    nodes: [node({ name: 'worker-1' }), node({ name: 'worker-2' }), node({ name: 'worker-3' })],
    pods: [...nginx, dnsPod, prometheus],
    services: [dns, kubernetes],
    endpointSlices: [
      {
        ...slice({ namespace: 'default', service: 'kubernetes' }),
        endpoints: [{ address: '192.0.2.6', ready: true, terminating: false, node: null, pod: null }],
      },
    ],
    namespaces: [
      namespace('shop'),
      namespace('default'),
      namespace('kube-system'),
      namespace('monitoring', { team: 'ops' }),
      namespace('ingress-nginx', { 'app.kubernetes.io/name': 'ingress-nginx' }),
    ],
    controllers: [controller({ pods: nginx.map(({ namespace: space, name }) => ({ namespace: space, name })) })],
    ingressClasses: [{ name: 'nginx', controller: 'k8s.io/ingress-nginx', isDefault: false }],
    dnsService: { namespace: 'kube-system', name: 'kube-dns' },
    serviceRanges: ['10.96.0.0/16'],
    ...over,
  });
}

const web = workload('web') + service('web') + ingress('web');
const ingressNamespace = policy(
  'allow-ingress',
  `
podSelector: {matchLabels: {app: web}}
policyTypes: [Ingress]
ingress: [{from: [{namespaceSelector: {matchLabels: {app.kubernetes.io/name: ingress-nginx}}}]}]
`,
);

describe('policy-misses-hostnetwork', () => {
  test.for([
    ['files alone, without the controller', web + ingressNamespace, null],
    ['no policy', web, world()],
    [
      'the addresses of the nodes are admitted too',
      web +
        ingressNamespace +
        policy(
          'nodes',
          `
podSelector: {matchLabels: {app: web}}
ingress: [{from: [{ipBlock: {cidr: 10.244.1.0/32}}, {ipBlock: {cidr: 10.244.2.0/32}}], ports: [{port: 8080}]}]
`,
        ),
      world(),
    ],
    ['everybody is admitted', web + policy('all', 'podSelector: {}\ningress: [{}]'), world()],
    [
      'the controller is on the pod network',
      web + ingressNamespace,
      world({ pods: [...nginx.map((each) => ({ ...each, hostNetwork: false })), dnsPod] }),
    ],
    ['one node only', web + ingressNamespace, world({ nodes: [node()] })],
    [
      'policies of another kind exist',
      web + ingressNamespace,
      world({ networking: { ...cluster().networking, unevaluated: ['CiliumNetworkPolicy'] } }),
    ],
    [
      'another workload of the namespace is isolated',
      web +
        workload('db') +
        policy(
          'db',
          `
podSelector: {matchLabels: {app: db}}
ingress: [{from: [{podSelector: {matchLabels: {app: web}}}]}]
`,
        ),
      world(),
    ],
  ] as const)('silent: %s', async ([, yaml, base]) => {
    expect(await findings(yaml, base)).toEqual([]);
  });

  test('the incident, from the files and the cluster', async () => {
    const found = await findings(web + ingressNamespace, world());
    expect(found).toEqual([
      'policy-misses-hostnetwork 32: NetworkPolicy shop/allow-ingress means to admit the ingress of class nginx and cannot see it: it runs with hostNetwork',
    ]);
  });

  test('only one of two nodes is admitted', async () => {
    const half = policy(
      'half',
      `
podSelector: {matchLabels: {app: web}}
ingress: [{from: [{ipBlock: {cidr: 10.244.1.0/32}}], ports: [{port: 8080}]}]
`,
    );
    expect(await findings(web + ingressNamespace + half, world())).toHaveLength(1);
  });

  test('from files alone, where they hold the controller', async () => {
    const files = `${web}${ingressNamespace}---
apiVersion: v1
kind: Namespace
metadata: {name: ingress-nginx, labels: {app.kubernetes.io/name: ingress-nginx}}
---
apiVersion: apps/v1
kind: DaemonSet
metadata: {name: controller, namespace: ingress-nginx}
spec:
  template:
    metadata: {labels: {app.kubernetes.io/name: ingress-nginx, app.kubernetes.io/component: controller}}
    spec: {hostNetwork: true, containers: [{name: controller}]}
`;
    expect(await findings(files)).toHaveLength(1);
  });

  test('a client that is named and only runs on the host network, without any Ingress', async () => {
    const exporter = pod({
      namespace: 'monitoring',
      name: 'agent-1',
      labels: { app: 'agent' },
      hostNetwork: true,
      node: 'worker-1',
    });
    const scrape = policy(
      'scrape',
      `
podSelector: {matchLabels: {app: web}}
ingress: [{from: [{namespaceSelector: {matchLabels: {team: ops}}, podSelector: {matchLabels: {app: agent}}}], ports: [{port: http}]}]
`,
    );
    const found = await findings(workload('web') + scrape, world({ pods: [exporter, prometheus] }));
    expect(found).toEqual([expect.stringContaining('means to admit monitoring/')]);
  });
});

describe('policy-denies-ingress: the ingress is not admitted', () => {
  const onPods = world({
    pods: [...nginx.map((each) => ({ ...each, hostNetwork: false, addresses: [] })), dnsPod, prometheus],
  });
  test('silent where its namespace is admitted', async () => {
    expect(await findings(web + ingressNamespace, onPods)).toEqual([]);
  });
  test('another client is admitted, and not the proxies', async () => {
    const only = policy(
      'only',
      `
podSelector: {matchLabels: {app: web}}
ingress: [{from: [{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: monitoring}}}]}]
`,
    );
    expect(await findings(web + only, onPods)).toEqual([
      'policy-denies-ingress 31: NetworkPolicy shop/only does not admit the ingress of class nginx to web',
    ]);
  });
  test('the proxies on the host network, whom the policy does not mean', async () => {
    const none = policy('none', 'podSelector: {}\npolicyTypes: [Ingress]');
    const found = await findings(web + none, world());
    expect(found).toEqual([expect.stringContaining('policy-denies-ingress')]);
  });
});

describe('policy-selects-nothing', () => {
  test.for([
    ['an empty selector', policy('deny', 'podSelector: {}\npolicyTypes: [Ingress]'), null],
    ['no workload among the files', policy('web', 'podSelector: {matchLabels: {app: web}}'), null],
    [
      'a workload scaled to 0',
      workload('web').replace('spec:', 'spec:\n  replicas: 0') +
        policy('web', 'podSelector: {matchLabels: {app: web}}'),
      null,
    ],
    [
      'an operator makes pods',
      `${workload('web')}---
apiVersion: postgresql.cnpg.io/v1
kind: Cluster
metadata: {name: db}
${policy('db', 'podSelector: {matchLabels: {cnpg.io/cluster: db}}')}`,
      null,
    ],
    [
      'pods that only the cluster has',
      workload('web') + policy('db', 'podSelector: {matchLabels: {app: db}}'),
      world({ pods: [pod({ name: 'db-1', labels: { app: 'db' } })] }),
    ],
  ] as const)('silent: %s', async ([, yaml, base]) => {
    expect(await findings(yaml, base)).toEqual([]);
  });

  test.for([
    [
      'a typo in the value',
      workload('web') + policy('p', 'podSelector: {matchLabels: {app: wbe}}'),
      'selects no pod: app=wbe',
    ],
    [
      'a typo in the key',
      workload('web') + policy('p', 'podSelector: {matchLabels: {ap: web}}'),
      'selects no pod: ap=web',
    ],
    [
      'labels of the Deployment, not of its template',
      workload('web', { labels: 'app.kubernetes.io/name: web' }) +
        policy('p', 'podSelector: {matchLabels: {app: web}}'),
      'selects no pod',
    ],
    [
      'another namespace',
      `${workload('web').replace('{name: web}', '{name: web, namespace: other}')}${workload('db')}${policy('p', 'podSelector: {matchLabels: {app: web}}')}`,
      'its pods are in namespace other',
    ],
    [
      'only pods on the host network',
      workload('agent', { more: 'hostNetwork: true' }) + policy('p', 'podSelector: {matchLabels: {app: agent}}'),
      'selects only pods on the host network',
    ],
  ] as const)('told: %s', async ([, yaml, says]) => {
    expect(await findings(yaml)).toEqual([
      expect.stringMatching(new RegExp(`^policy-selects-nothing \\d+: .*${says}`, 'u')),
    ]);
  });

  test('two "-" where one is meant', async () => {
    const split = policy(
      'p',
      `
podSelector: {matchLabels: {app: web}}
ingress:
- from:
  - namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: monitoring}}
  - podSelector: {matchLabels: {app: prometheus}}
`,
    );
    expect(await findings(workload('web') + split, world())).toEqual([
      'policy-selects-nothing 22: NetworkPolicy shop/p has two peers where one is meant',
    ]);
  });
});

describe('a peer means nobody', () => {
  const from = (peers: string) =>
    workload('web') + policy('p', `podSelector: {matchLabels: {app: web}}\ningress: [{from: [${peers}]}]`);
  test.for([
    ['a namespace by name', from('{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: monitoring}}}')],
    [
      'pods of it',
      from('{namespaceSelector: {matchLabels: {team: ops}}, podSelector: {matchLabels: {app: prometheus}}}'),
    ],
    ['all pods', from('{namespaceSelector: {}}')],
    ['a client that is not installed, and nothing alike', from('{podSelector: {matchLabels: {app: backup-runner}}}')],
    ['an address', from('{ipBlock: {cidr: 198.51.100.0/24}}')],
  ])('silent: %s', async ([, yaml]) => {
    expect(await findings(yaml!, world())).toEqual([]);
  });
  test.for([
    [
      'namespace by a label that nobody set',
      '{namespaceSelector: {matchLabels: {name: monitoring}}}',
      'kubernetes.io/metadata.name: monitoring',
    ],
    [
      'a podSelector alone for pods of another namespace',
      '{podSelector: {matchLabels: {app: prometheus}}}',
      'namespaceSelector',
    ],
    [
      'a typo',
      '{namespaceSelector: {matchLabels: {team: ops}}, podSelector: {matchLabels: {app: promethus}}}',
      'app: prometheus',
    ],
    [
      'AND where OR is meant',
      '{namespaceSelector: {matchLabels: {team: ops}}, podSelector: {matchLabels: {app: web}}}',
      'two items',
    ],
  ])('told: %s', async ([, peers, fix]) => {
    const { linted } = await import('../reading.ts');
    const { findings: found } = await linted(from(peers!), world());
    expect(found.map(({ diagnosis, fix: its }) => [diagnosis, its?.says])).toEqual([
      ['policy-denies-ingress', expect.stringContaining(fix!)],
    ]);
  });
  test('nothing is concluded without a cluster of namespaces that the files do not declare', async () => {
    expect(await findings(from('{namespaceSelector: {matchLabels: {name: monitoring}}}'))).toEqual([]);
  });
});

describe('DNS', () => {
  const egress = (rules: string) =>
    workload('web') + policy('out', `podSelector: {}\npolicyTypes: [Egress]\negress:\n${rules}`);
  const toDns =
    '- to: [{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: kube-system}}, podSelector: {matchLabels: {k8s-app: kube-dns}}}]\n  ports:';
  const outside = '- {to: [{ipBlock: {cidr: 0.0.0.0/0, except: [10.0.0.0/8]}}], ports: [{port: 443}]}\n';
  test.for([
    ['nothing is let out at all', workload('web') + policy('deny', 'podSelector: {}\npolicyTypes: [Egress]')],
    ['both protocols', egress(`${outside}${toDns} [{protocol: UDP, port: 53}, {protocol: TCP, port: 53}]`)],
    [
      'by a policy of its own',
      egress(outside) +
        policy(
          'dns',
          `podSelector: {}\npolicyTypes: [Egress]\negress:\n${toDns} [{protocol: UDP, port: 53}, {protocol: TCP, port: 53}]`,
        ),
    ],
    ['everything', egress('- {}')],
    ['port 53 to anywhere', egress(`${outside}- {ports: [{protocol: UDP, port: 53}, {port: 53}]}`)],
    [
      'all of kube-system',
      egress(`${outside}- to: [{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: kube-system}}}]`),
    ],
    [
      'a cache on the node',
      egress(
        `${outside}- {to: [{ipBlock: {cidr: 169.254.20.10/32}}], ports: [{protocol: UDP, port: 53}, {protocol: TCP, port: 53}]}`,
      ),
    ],
    [
      'one address only, which needs no name',
      egress('- {to: [{ipBlock: {cidr: 192.0.2.7/32}}], ports: [{port: 5432}]}'),
    ],
    ['names of ports', egress(`${outside}${toDns} [{protocol: UDP, port: dns}, {protocol: TCP, port: dns-tcp}]`)],
  ])('silent, with and without a cluster: %s', async ([, yaml]) => {
    expect(await findings(yaml!, world())).toEqual([]);
    expect(await findings(yaml!)).toEqual([]);
  });
  test.for([
    ['forgotten', egress(outside), 'policy-denies-dns'],
    ['forgotten beside a peer', egress('- to: [{podSelector: {matchLabels: {app: web}}}]'), 'policy-denies-dns'],
    ['over UDP only', egress(`${outside}${toDns} [{protocol: UDP, port: 53}]`), 'policy-denies-tcp-dns'],
    ['over TCP only: the protocol was left out', egress(`${outside}${toDns} [{port: 53}]`), 'policy-denies-dns'],
  ])('told, with and without a cluster: %s', async ([, yaml, id]) => {
    expect(await findings(yaml!, world())).toEqual([expect.stringMatching(`^${id} `)]);
    expect(await findings(yaml!)).toEqual([expect.stringMatching(`^${id} `)]);
  });
});

describe('addresses that policies do not see', () => {
  const out = (cidr: string, more = '') =>
    workload('web') +
    policy(
      'out',
      `podSelector: {matchLabels: {app: web}}\npolicyTypes: [Egress]\negress:\n- {to: [{ipBlock: {cidr: ${cidr}}}]}\n${more}`,
    );
  const anyDns = '- {ports: [{protocol: UDP, port: 53}, {port: 53}]}';
  test.for([
    ['an address outside', out('203.0.113.9/32', anyDns)],
    ['everything', out('0.0.0.0/0', anyDns)],
    ['private ranges', out('10.0.0.0/8', anyDns)],
    ['the overlay address of a node', out('10.244.1.0/32', anyDns)],
    [
      'a ClusterIP beside the endpoint',
      out('10.96.0.1/32', `- {to: [{ipBlock: {cidr: 192.0.2.6/32}}], ports: [{port: 6443}]}\n${anyDns}`),
    ],
  ])('silent: %s', async ([, yaml]) => {
    expect(await findings(yaml!, world())).toEqual([]);
  });
  test('silent on an engine that compares ClusterIPs', async () => {
    const aws = { ...cluster().networking, cni: 'aws', enforcer: 'aws' };
    expect(await findings(out('10.96.0.1/32', anyDns), world({ networking: aws }))).toEqual([]);
  });
  test.for([
    ['the API server by its ClusterIP', '10.96.0.1/32', 'the ClusterIP of Service default/kubernetes'],
    ['the range of ClusterIPs', '10.96.0.0/16', 'a range of ClusterIPs'],
    ['a pod', `${prometheus.addresses[0]}/32`, 'the address of pod monitoring/prometheus-1'],
  ])('told: %s', async ([, cidr, says]) => {
    expect(await findings(out(cidr!, anyDns), world())).toEqual([
      expect.stringMatching(`^policy-denies-egress \\d+: .*${says}`),
    ]);
  });
});

describe('ports', () => {
  const at = (port: string) =>
    workload('web') +
    service('web') +
    policy('p', `podSelector: {matchLabels: {app: web}}\ningress: [{from: [{podSelector: {}}], ports: [${port}]}]`);
  test.for([
    ['its name', at('{port: http}')],
    ['its number', at('{port: 8080}')],
    ['a number that nobody declares and no Service has', at('{port: 9100}')],
    ['a range', at('{port: 80, endPort: 9000}')],
    ["the Service's and the container's", at('{port: 80}, {port: 8080}')],
    [
      "the container's in another policy",
      at('{port: 80}') + policy('q', 'podSelector: {}\ningress: [{ports: [{port: 8080}]}]'),
    ],
  ])('silent: %s', async ([, yaml]) => {
    expect(await findings(yaml!)).toEqual([]);
  });
  test.for([
    ['a name that no pod has', at('{port: htpp}'), 'the port name htpp'],
    ['a name over the other protocol', at('{port: http, protocol: UDP}'), 'the port name http over UDP'],
    ["the Service's port", at('{port: 80}'), 'port 80 of Service web'],
  ])('told: %s', async ([, yaml, says]) => {
    expect(await findings(yaml!)).toEqual([expect.stringMatching(`^policy-denies-ingress \\d+: .*names ${says}`)]);
  });
  test('outwards, where the pods are known', async () => {
    const out = policy(
      'out',
      `
podSelector: {matchLabels: {app: web}}
policyTypes: [Egress]
egress:
- {to: [{podSelector: {matchLabels: {app: db}}}], ports: [{port: postgres}]}
- {ports: [{protocol: UDP, port: 53}, {port: 53}]}
`,
    );
    const db = workload('db', { port: 5432, portName: 'sql' });
    expect(await findings(workload('web') + db + out)).toEqual([
      expect.stringMatching('^policy-denies-egress .*the port name postgres'),
    ]);
    expect(await findings(workload('web') + db.replace('sql', 'postgres') + out)).toEqual([]);
  });
});

describe('policy-ignores-rules', () => {
  test.for([
    ['both directions', 'podSelector: {}\npolicyTypes: [Ingress, Egress]\ningress: [{}]\negress: [{}]'],
    ['no policyTypes with egress rules', 'podSelector: {}\negress: [{}]'],
    ['no policyTypes, ingress only', 'podSelector: {}\ningress: []'],
    ['an empty list of the other direction', 'podSelector: {}\npolicyTypes: [Egress]\ningress: []\negress: [{}]'],
  ])('silent: %s', async ([, spec]) => {
    expect(await findings(workload('web') + policy('p', spec!))).toEqual([]);
  });
  test.for([
    ['egress: [] without policyTypes', 'podSelector: {}\negress: []', 'egress'],
    [
      'ingress rules of a policy about egress',
      'podSelector: {}\npolicyTypes: [Egress]\ningress: [{from: [{podSelector: {}}]}]',
      'ingress',
    ],
  ])('told: %s', async ([, spec, direction]) => {
    expect(await findings(workload('web') + policy('p', spec!))).toEqual([
      expect.stringMatching(`^policy-ignores-rules .*about ${direction}`),
    ]);
  });
});

describe('policy-not-enforced', () => {
  const one = workload('web') + policy('p', 'podSelector: {}\npolicyTypes: [Ingress]');
  const by = (enforcer: string) => world({ networking: { ...cluster().networking, enforcer } });
  test('silent where somebody does, or nobody knows', async () => {
    expect(await findings(one, by('calico'))).toEqual([]);
    expect(await findings(one, by('unknown'))).toEqual([]);
    expect(await findings(one)).toEqual([]);
  });
  test('told once', async () => {
    expect(await findings(one + policy('q', 'podSelector: {}'), by('none'))).toEqual([
      expect.stringMatching('^policy-not-enforced '),
    ]);
  });
});
