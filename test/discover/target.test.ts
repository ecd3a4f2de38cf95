import { beforeAll, describe, expect, test } from 'vitest';
import { withAddresses } from '../../src/discover/lookup.ts';
import { resolveTarget } from '../../src/discover/target.ts';
import type { Cluster } from '../../src/model/cluster.ts';
import { UserError } from '../../src/model/user-error.ts';
import { makePlan } from '../../src/plan/plan.ts';
import { discovered, ingress, ingressClass, nginxPod, pod, service, SHOP, slice } from './cluster.ts';

let cluster: Cluster;
beforeAll(async () => {
  cluster = await discovered({
    ...SHOP,
    ingresses: [
      ingress('web', 'shop.example.com'),
      ingress('api', 'shop.example.com', { path: '/api', service: 'api', port: { number: 90 } }),
      ingress('deep', 'shop.example.com', { path: '/api/v2' }),
      ingress('wild', '*.example.com', { service: 'api', port: { number: 90 } }),
      ingress('gone', 'gone.example.com', { service: 'nothing' }),
      ingress('secure', 'tls.example.com', { spec: { tls: [{ hosts: ['*.example.com'] }] } }),
    ],
    services: [
      ...(SHOP['services'] ?? []),
      service('api', {
        clusterIP: '10.96.0.8',
        ports: [
          { name: 'rpc', port: 90, targetPort: 9000 },
          { name: 'admin', port: 91 },
        ],
      }),
      service('db', { clusterIP: 'None', ports: [{ port: 5432 }] }),
      service('both', { clusterIP: '10.96.0.9', clusterIPs: ['10.96.0.9', 'fd00::9'], ports: [{ port: 80 }] }),
      service('ring', { clusterIP: 'None', ports: [{ name: 'http', port: 80, targetPort: 8080 }] }),
      service('word', { type: 'ExternalName', externalName: 'web.shop.svc.cluster.local', ports: [] }),
      service('word-too', { type: 'ExternalName', externalName: 'word.shop.svc', ports: [] }),
      service('circle', { type: 'ExternalName', externalName: 'circle.shop.svc', ports: [] }),
      service('alias', { type: 'ExternalName', clusterIP: '', externalName: 'api.example.net', ports: [] }),
    ],
    endpointslices: [
      ...(SHOP['endpointslices'] ?? []),
      slice('db', { ports: [{ port: 5432 }], endpoints: [{ addresses: ['10.1.0.77'] }] }),
      slice('both', { ports: [{ port: 80 }], endpoints: [{ addresses: ['10.1.0.9'] }, { addresses: ['fd00::1:9'] }] }),
      slice('ring', { ports: [{ name: 'http', port: 8080 }], endpoints: [{ addresses: ['10.1.0.78'] }] }),
    ],
  });
});

const ask = (input: string, options: { from?: string; namespace?: string } = {}) =>
  resolveTarget(input, cluster, { namespace: options.namespace ?? 'shop', from: options.from ?? null });

function refusal(input: string, options: { from?: string; namespace?: string } = {}): string {
  try {
    ask(input, options);
  } catch (error) {
    if (error instanceof UserError) return `${error.message} | ${error.hint ?? ''}`;
    throw error;
  }
  return 'no refusal';
}

describe('resolveTarget', () => {
  test('follows a host to the proxies and to the endpoints with their own port', () => {
    expect(ask('shop.example.com')).toMatchObject({
      kind: 'ingress',
      scheme: 'http',
      host: 'shop.example.com',
      path: '/',
      route: { kind: 'Ingress', namespace: 'shop', name: 'web' },
      className: 'nginx',
      entries: [{ address: '192.0.2.1', port: 80, node: 'n1', pod: { namespace: 'ingress-nginx', name: 'nginx-1' } }],
      service: {
        name: 'web',
        clusterIp: '10.96.0.7',
        port: 80,
        backends: [
          { address: '10.1.0.1', port: 8080, ready: true, node: 'n1', pod: { namespace: 'shop', name: 'web-a-1' } },
          { address: '10.1.1.1', port: 8080, ready: false, node: 'n2' },
        ],
      },
    });
  });

  test.for<[string, object]>([
    ['http://shop.example.com/', { route: { name: 'web' }, path: '/' }],
    ['shop.example.com/apinot', { route: { name: 'web' } }],
    ['shop.example.com/api', { route: { name: 'api' } }],
    ['shop.example.com/api/v2/x?y=1', { route: { name: 'deep' }, path: '/api/v2/x?y=1' }],
    ['SHOP.example.com', { route: { name: 'web' } }],
    ['other.example.com', { route: { name: 'wild' } }],
    ['gone.example.com', { route: { name: 'gone' }, service: null }],
    ['tls.example.com', { scheme: 'https', entries: [{ port: 443 }] }],
    ['https://shop.example.com', { scheme: 'https', entries: [{ port: 443 }] }],
    ['http://shop.example.com:8081', { entries: [{ port: 8081 }] }],
    ['svc/web', { kind: 'service', scheme: 'http', service: { port: 80 } }],
    ['service/api:admin', { kind: 'service', service: { port: 91 } }],
    ['svc/api:90', { kind: 'service', scheme: 'tcp', service: { port: 90 } }],
    ['http://web.shop.svc/x?y', { kind: 'service', scheme: 'http', host: 'web.shop.svc', path: '/x?y' }],
    ['https://web.shop.svc.cluster.local:80', { scheme: 'https', host: 'web.shop.svc.cluster.local' }],
    ['http://api.shop:90/v1', { kind: 'service', host: 'api.shop', path: '/v1', service: { name: 'api', port: 90 } }],
    ['db.shop', { kind: 'service', scheme: 'tcp', host: 'db.shop', service: { name: 'db', port: 5432 } }],
    ['http://web', { kind: 'service', host: 'web', service: { name: 'web', namespace: 'shop' } }],
    ['http://db.nowhere:5432', { kind: 'external', host: 'db.nowhere' }],
    ['svc/db', { service: { clusterIp: null, backends: [{ address: '10.1.0.77', port: 5432 }] } }],
    [
      'svc/both',
      {
        service: {
          clusterIp: '10.96.0.9',
          backends: [{ address: '10.1.0.9' }],
          other: { clusterIp: 'fd00::9', backends: [{ address: 'fd00::1:9' }] },
        },
      },
    ],
    ['web.shop.svc.cluster.local', { kind: 'service', service: { name: 'web' } }],
    ['pod/web-a-1', { kind: 'pod', direct: [{ address: '10.1.0.1', port: 8080, node: 'n1', slice: null }] }],
    ['pod/web-a-2:9999', { kind: 'pod', scheme: 'tcp', direct: [{ port: 9999 }] }],
    ['10.1.0.1:8080', { kind: 'address', direct: [{ pod: { name: 'web-a-1' }, node: 'n1' }] }],
    ['10.96.0.7:80', { kind: 'service', service: { name: 'web' } }],
    ['pod/web-a-2:443', { kind: 'pod', scheme: 'https', direct: [{ port: 443 }] }],
    ['pod/web-a-2:8443', { kind: 'pod', scheme: 'tcp', direct: [{ port: 8443 }] }],
    ['192.0.2.2:22', { kind: 'address', scheme: 'tcp', direct: [{ node: 'n2', pod: null }] }],
    ['[2001:db8::1]:443', { kind: 'address', direct: [{ address: '2001:db8::1', port: 443 }] }],
    ['[2001:DB8:0::1]:443', { direct: [{ address: '2001:db8::1' }] }],
    ['http://[fd00::1]:8080/', { kind: 'address', scheme: 'http', direct: [{ address: 'fd00::1', port: 8080 }] }],
    [
      'https://[fd00::80]/x',
      { kind: 'address', scheme: 'https', path: '/x', direct: [{ address: 'fd00::80', port: 443 }] },
    ],
    ['http://10.9.9.9/x', { kind: 'address', scheme: 'http', path: '/x', direct: [{ port: 80 }] }],
    [
      'https://api.github.com/meta',
      {
        kind: 'external',
        scheme: 'https',
        host: 'api.github.com',
        path: '/meta',
        direct: [{ address: 'api.github.com', port: 443 }],
      },
    ],
  ])('reads %s', ([input, expected]) => {
    expect(ask(input)).toMatchObject({ input, ...expected });
  });

  test.for<[string, RegExp]>([
    ['shop.exmaple.com', /No Ingress, HTTPRoute or HTTPProxy serves shop.exmaple.com \| did you mean shop.example.com/],
    ['shop', /did you mean shop.example.com/],
    ['api.github.com', /write the URL with https/],
    ['svc/wbe', /no Service wbe in namespace shop \| did you mean web/],
    ['svc/web:443', /has no port 443 \| choose one: 80 \(http\)/],
    ['http://api.shop', /has no port 80 \| choose one: 90 \(rpc\)/],
    ['svc/api', /has several ports \| choose one: 90 \(rpc\), 91 \(admin\)/],
    ['pod/web', /no pod web in namespace shop \| did you mean web-a-1, web-a-2/],
    ['pod/web-a-2', /declares no port/],
    ['10.0.0.1', /needs a port \| try 10.0.0.1:80/],
    ['fd00::1', /needs a port \| try \[fd00::1\]:80/],
    ['[fd00::1', /none of the forms/],
    ['10.0.0.1:99999', /99999 is not a port/],
    ['300.1.1.1:80', /not/],
    ['ftp://x.example.com', /not ftp/],
    ['a b', /not a target/],
    ['', /not a target/],
    ['x'.repeat(5000), /not a target/],
  ])('refuses %s in one line that helps', ([input, expected]) => {
    expect(refusal(input)).toMatch(expected);
    expect(refusal(input)).not.toContain('\n');
  });

  test.for([
    ['svc/wbe', null, 'services', /Service shop\/wbe cannot be looked up/],
    ['pod/wbe', null, 'pods', /Pod shop\/wbe cannot be looked up/],
    ['svc/web', 'shop/wbe', 'pods', /Workload shop\/wbe cannot be looked up/],
  ] as const)('does not call %s absent (from %s) where %s could not be read', ([input, from, what, expected]) => {
    const unread = [{ what: 'something', because: 'no right', subject: { kind: 'resource' as const, resource: what } }];
    const asked = () => resolveTarget(input, { ...cluster, unread }, { namespace: 'shop', from });
    expect(asked).toThrow(expected);
  });

  test("with --from takes a name that nobody here knows for that workload's own word", () => {
    expect(refusal('ledger.corp:5432')).toMatch(/No Ingress, HTTPRoute or HTTPProxy serves/);
    expect(ask('ledger.corp:5432', { from: 'web' })).toMatchObject({
      kind: 'external',
      scheme: 'tcp',
      host: 'ledger.corp',
      direct: [{ address: 'ledger.corp', port: 5432 }],
    });
  });

  test('looks for a bare name in the namespace of --from, as its pods would', () => {
    const asked = resolveTarget('http://web', cluster, { namespace: 'default', from: 'shop/web' });
    expect(asked).toMatchObject({ kind: 'service', service: { namespace: 'shop' } });
  });

  test('finds a Service of another namespace for who forgot -n', () => {
    expect(refusal('svc/web', { namespace: 'default' })).toMatch(/there is one in namespace shop: -n shop/);
  });

  const spaces = ['shop', 'default', 'payments'].map((name) => ({ name, labels: {} }));
  const inNamespace = (input: string, namespace: string, over: Partial<Cluster> = {}) => {
    const asked = { ...cluster, namespaces: spaces, ...over };
    try {
      resolveTarget(input, asked, { namespace, from: input === 'svc/web' ? `${namespace}/wob` : null });
    } catch (error) {
      if (error instanceof UserError) return `${error.message} | ${error.hint ?? ''}`;
      throw error;
    }
    return 'no refusal';
  };

  test.for<[string, string, string]>([
    ['svc/zzz', 'paymnets', 'There is no namespace paymnets, so no Service zzz in it | did you mean payments?'],
    ['svc/zzz', 'nope', 'There is no namespace nope, so no Service zzz in it | known are default, payments, shop'],
    ['web.nope.svc', 'shop', 'There is no namespace nope, so no Service web in it | there is one in namespace shop'],
    ['pod/web-a-1', 'shopp', 'There is no namespace shopp, so no pod web-a-1 in it | there is one in namespace shop'],
    ['svc/web', 'shpo', 'There is no namespace shpo, so no workload wob in it | did you mean shop?'],
    [
      'svc/zzz',
      'default',
      'There is no Service zzz in namespace default | namespace default has none that can be seen',
    ],
  ])('says of %s in %s which of the two is missing', ([input, namespace, expected]) => {
    expect(inNamespace(input, namespace)).toBe(expected);
  });

  test('does not miss a namespace where namespaces could not be read', () => {
    const subject = { kind: 'resource' as const, resource: 'namespaces' };
    const unread = [...cluster.unread, { what: 'namespaces', because: 'no right', subject }];
    expect(inNamespace('svc/zzz', 'nope', { unread })).toMatch(/^There is no Service zzz in namespace nope/u);
    expect(inNamespace('svc/zzz', 'nope', { namespaces: [] })).toMatch(/^There is no Service zzz in namespace nope/u);
  });

  test.for<[string, readonly string[]]>([
    ['shop/web', ['web-a-1', 'web-a-2']],
    ['web', ['web-a-1', 'web-a-2']],
    ['shop/web-a', ['web-a-1', 'web-a-2']],
    ['shop/web-a-1', ['web-a-1']],
  ])('finds the pods of --from %s through their owners', ([from, names]) => {
    expect(ask('svc/web', { from }).from?.pods.map(({ name }) => name)).toEqual(names);
  });

  test('refuses a workload that has no pod, with the nearest ones', () => {
    expect(refusal('svc/web', { from: 'shop/wbe' })).toMatch(/did you mean shop\/web\?/);
  });
});

describe('an address', () => {
  const nodePort = service('web', {
    type: 'NodePort',
    clusterIP: '10.96.0.7',
    selector: { app: 'web' },
    ports: [{ name: 'http', port: 80, nodePort: 30080 }],
  });
  const at = async (input: string, objects: Parameters<typeof discovered>[0], denied: string[] = []) =>
    resolveTarget(input, await discovered({ ...SHOP, ...objects }, { denied }), { namespace: 'shop', from: null });

  test.for<[string, object]>([
    [
      '192.0.2.2:30080',
      { kind: 'service', scheme: 'tcp', entries: [{ address: '192.0.2.2', port: 30080, node: 'n2' }] },
    ],
    ['http://192.0.2.2:30080/x', { scheme: 'http', path: '/x', service: { name: 'web', port: 80 } }],
    ['192.0.2.2:30081', { kind: 'address', entries: [], service: null }],
    ['192.0.2.99:30080', { kind: 'address', entries: [], service: null }],
  ])('and a port of a node are a NodePort, or not: %s', async ([input, expected]) => {
    expect(await at(input, { services: [nodePort] })).toMatchObject(expected);
  });

  test('and an address of a load balancer is a way in to its Service, with who may come', async () => {
    const balanced = service('web', {
      type: 'LoadBalancer',
      clusterIP: '10.96.0.7',
      ports: [{ port: 80 }],
      loadBalancerSourceRanges: ['203.0.113.0/24'],
    });
    const status = { loadBalancer: { ingress: [{ ip: '198.51.100.7' }] } };
    expect(await at('198.51.100.7:80', { services: [{ ...balanced, status }] })).toMatchObject({
      kind: 'service',
      entries: [{ address: '198.51.100.7', port: 80, node: null, pod: null }],
      service: { name: 'web', port: 80 },
    });
    expect(await at('198.51.100.7:81', { services: [{ ...balanced, status }] })).toMatchObject({ kind: 'address' });
  });

  const servicecidrs = [{ metadata: { name: 'kubernetes' }, spec: { cidrs: ['10.96.0.0/16'] } }];
  const two = [...(SHOP['services'] ?? []), service('kubernetes', { clusterIP: '10.96.0.1', ports: [{ port: 443 }] })];
  test.for<[string, string, Parameters<typeof discovered>[0], string[], true | undefined]>([
    ['in a ServiceCIDR', '10.96.77.3:80', { servicecidrs }, [], true],
    ['outside of it', '10.97.0.3:80', { servicecidrs }, [], undefined],
    ['between known ClusterIPs', '10.96.0.3:80', { services: two }, [], true],
    ['beyond what known ClusterIPs share', '10.96.0.9:80', { services: two }, [], undefined],
    ['beside a single ClusterIP', '10.96.0.6:80', {}, [], undefined],
    ['with a Service that has it', '10.96.0.7:80', { servicecidrs }, [], undefined],
    ['of a Service, at a port that is not its own', '10.96.0.7:81', { servicecidrs }, [], undefined],
    ['while Services may not be read', '10.96.77.3:80', { servicecidrs }, ['services'], undefined],
    ['of a pod', '10.96.5.5:80', { servicecidrs, pods: [pod('odd', { ip: '10.96.5.5' })] }, [], undefined],
  ])('%s is, or is not, a ClusterIP that no Service owns', async ([, input, objects, denied, expected]) => {
    expect((await at(input, objects, denied)).unownedClusterIp).toBe(expected);
  });
});

describe('a name that leads to no ClusterIP', () => {
  test.for<[string, number]>([
    ['http://ring.shop.svc.cluster.local/', 80],
    ['http://ring.shop.svc.cluster.local:8080/', 8080],
    ['http://ring.shop:9999/', 9999],
    ['svc/ring', 8080],
  ])('%s reaches pods of a headless Service at port %i', ([input, port]) => {
    expect(ask(input).service).toMatchObject({ name: 'ring', backends: [{ address: '10.1.0.78', port }] });
  });

  test.for(['word', 'word-too'])('%s, an alias of a Service of the cluster, is asked for as that', (name) => {
    expect(ask(`http://${name}.shop.svc.cluster.local/x`)).toMatchObject({
      kind: 'service',
      host: `${name}.shop.svc.cluster.local`,
      path: '/x',
      service: { namespace: 'shop', name: 'web', port: 80, backends: [{ address: '10.1.0.1' }, {}] },
    });
    expect(ask(`svc/${name}`)).toMatchObject({ host: `${name}.shop.svc.cluster.local`, service: { name: 'web' } });
  });

  test('an alias of itself leads nowhere', () => {
    expect(ask('http://circle.shop.svc/')).toMatchObject({ kind: 'external', host: 'circle.shop.svc' });
  });

  test("a name of another domain is not this cluster's Service", () => {
    const known = { ...cluster, dnsDomain: 'cluster.local' };
    const asked = (host: string) => resolveTarget(`http://${host}/`, known, { namespace: 'shop', from: null });
    expect(asked('web.shop.svc.clusterset.local')).toMatchObject({ kind: 'external', service: null });
    expect(asked('web.shop.svc.Cluster.Local')).toMatchObject({ kind: 'service' });
    expect(ask('http://web.shop.svc.corp.example/')).toMatchObject({ kind: 'service' });
  });

  test('an alias is asked for as what is outside, with the port that was written', () => {
    expect(ask('http://alias.shop.svc.cluster.local:8080/x')).toMatchObject({
      kind: 'external',
      scheme: 'http',
      host: 'alias.shop.svc.cluster.local',
      path: '/x',
      service: null,
      direct: [{ address: 'alias.shop.svc.cluster.local', port: 8080 }],
    });
  });
});

describe('a load balancer that is published by name', () => {
  const LB = 'shop-123.elb.example.net';
  const options = { namespace: 'shop', from: null };
  const published = () => {
    const routes = cluster.routes.map((each) => ({ ...each, className: 'alb', publishedAddresses: [LB] }));
    const ingressClasses = [{ name: 'alb', controller: 'ingress.k8s.aws/alb', isDefault: false }];
    return { ...cluster, routes, ingressClasses, controllers: [] };
  };
  const askedOf = (addresses: readonly string[] | null) => {
    const look = async () => {
      if (addresses === null) throw new Error('ENOTFOUND');
      return addresses.map((address) => ({ address }));
    };
    return withAddresses(resolveTarget('http://shop.example.com', published(), options), published(), look);
  };
  const settings = { run: 'r', deadlineMs: 60_000, hostVantages: true };

  test('is an entry at the addresses that this machine resolves', async () => {
    const target = await askedOf(['198.51.100.7', '198.51.100.8', '198.51.100.9', '2001:db8::7']);
    expect(target.entries).toEqual([
      { address: '198.51.100.7', port: 80, node: null, pod: null },
      { address: '198.51.100.8', port: 80, node: null, pod: null },
    ]);
    expect(target.entryNames).toBeUndefined();
    expect(makePlan(published(), target, settings).limitations).toEqual([]);
  });

  test('that is this machine itself is none', async () => {
    expect(await askedOf(['127.0.0.1', '::1'])).toMatchObject({ entries: [] });
  });

  test('that does not resolve here leaves what users meet unmeasured, and that is said', async () => {
    const target = await askedOf(null);
    expect(target).toMatchObject({ entries: [], entryNames: [{ name: LB, port: 80 }] });
    expect(makePlan(published(), target, settings).limitations).toContainEqual({
      what: 'what users meet at shop.example.com',
      because: `the proxies of ingress.k8s.aws/alb stand outside the cluster, and this machine does not resolve ${LB}: ask from one that does`,
      subject: { kind: 'user-path' },
    });
  });
});

describe('an outside name', () => {
  const options = { namespace: 'shop', from: null };
  test('gets the address that this machine resolves', async () => {
    const asked = resolveTarget('https://api.github.com', cluster, options);
    const target = await withAddresses(asked, cluster, async () => [{ address: '198.51.100.7' }]);
    expect(target.direct).toMatchObject([{ address: '198.51.100.7', port: 443 }]);
    expect(target.otherDirect).toBeUndefined();
  });

  test('of both families is asked by those that pods have', async () => {
    const asked = resolveTarget('https://api.github.com', cluster, options);
    const both = async () => [{ address: '2001:db8::7' }, { address: '198.51.100.7' }];
    const four = await withAddresses(asked, cluster, both);
    expect([four.direct[0]?.address, four.otherDirect]).toEqual(['198.51.100.7', undefined]);
    const dual = {
      ...cluster,
      pods: cluster.pods.map((each) => ({ ...each, addresses: [...each.addresses, 'fd00::5'] })),
    };
    const two = await withAddresses(asked, dual, both);
    expect([two.direct[0]?.address, two.otherDirect?.[0]?.address]).toEqual(['198.51.100.7', '2001:db8::7']);
    const sixOnly = { ...cluster, pods: cluster.pods.map((each) => ({ ...each, addresses: ['fd00::5'] })) };
    expect((await withAddresses(asked, sixOnly, both)).direct).toMatchObject([{ address: '2001:db8::7' }]);
  });

  test('that does not resolve here is left to the vantages, and what is not measured is said', async () => {
    const unknown = () => Promise.reject(new Error('ENOTFOUND'));
    const target = await withAddresses(resolveTarget('https://ledger.corp.test', cluster, options), cluster, unknown);
    expect(target).toMatchObject({
      kind: 'external',
      host: 'ledger.corp.test',
      direct: [{ address: 'ledger.corp.test', port: 443 }],
    });
    const { paths, limitations } = makePlan(cluster, target, { run: 'r', deadlineMs: 60_000, hostVantages: false });
    const users = paths.filter(({ userFacing, to }) => userFacing && to.kind === 'resolver' && to.name === target.host);
    expect(users.map(({ from }) => from)).toEqual(['control@n1', 'control@n2']);
    const connects = paths.filter(({ to }) => to.kind === 'external');
    expect(connects.filter(({ userFacing }) => userFacing).map(({ from, probe }) => ({ from, probe }))).toEqual(
      ['control@n1', 'control@n2'].map((from) => ({
        from,
        probe: expect.objectContaining({ kind: 'http', to: { name: 'ledger.corp.test', port: 443 } }) as unknown,
      })),
    );
    expect(limitations).toMatchObject([{ subject: { kind: 'name', name: 'ledger.corp.test' } }]);
  });
});

describe('a class that nobody serves, beside one that is served', () => {
  const other = (controller: string) => ({
    ingressclasses: [...(SHOP['ingressclasses'] ?? []), ingressClass('other', controller)],
    ingresses: [ingress('web', 'shop.example.com', { spec: { ingressClassName: 'other' } })],
  });
  const told = (args: readonly string[]) => ({
    pods: [nginxPod('nginx-1', { hostNetwork: true, ip: '192.0.2.1', args })],
  });

  test.for<[string, Parameters<typeof discovered>[0], string[]]>([
    ['of a controller that kprobe does not know', other('example.com/proxy'), []],
    [
      'of a known one whose pods serve another',
      { ...other('k8s.io/ingress-nginx'), ...told(['--controller-class=k8s.io/inner']) },
      [],
    ],
    ['but of one whose pods serve it too', other('k8s.io/ingress-nginx'), ['192.0.2.1']],
  ])('%s', async ([, objects, entries]) => {
    const here = await discovered({ ...SHOP, ...objects });
    const target = resolveTarget('shop.example.com', here, { namespace: 'shop', from: null });
    expect(target).toMatchObject({ kind: 'ingress', className: 'other' });
    expect(target.entries.map(({ address }) => address)).toEqual(entries);
    const controller = here.controllers.find(({ className }) => className === 'other');
    expect(controller?.pods).toHaveLength(entries.length);
  });
});

describe('entries', () => {
  const lb = {
    type: 'LoadBalancer',
    clusterIP: '10.96.0.99',
    selector: { 'app.kubernetes.io/name': 'ingress-nginx' },
    ports: [{ name: 'http', port: 80, nodePort: 30080 }],
  };
  test.for<[string, object, object, readonly string[]]>([
    [
      'pods on the pod network and NodePorts',
      nginxPod('p', { ip: '10.1.0.5' }),
      {},
      ['10.1.0.5:80', '192.0.2.1:30080', '192.0.2.2:30080'],
    ],
    [
      'a published address and none twice',
      nginxPod('p', { ip: '10.1.0.5' }),
      { loadBalancer: { ingress: [{ ip: '203.0.113.5' }, { hostname: 'lb.example.net' }] } },
      ['10.1.0.5:80', '203.0.113.5:80', '192.0.2.1:30080', '192.0.2.2:30080'],
    ],
    [
      'hostPorts at the node',
      nginxPod('p', { ip: '10.1.0.5', ports: [{ name: 'http', containerPort: 80, hostPort: 8080 }] }),
      {},
      ['192.0.2.1:8080'],
    ],
    ['hostNetwork at the node', nginxPod('p', { ip: '192.0.2.1', hostNetwork: true }), {}, ['192.0.2.1:80']],
  ])('are %s', async ([, proxy, status, expected]) => {
    const here = await discovered({
      ...SHOP,
      pods: [proxy as ReturnType<typeof nginxPod>],
      services: [...(SHOP['services'] ?? []), service('ingress-nginx', lb, { namespace: 'ingress-nginx', status })],
    });
    const { entries } = resolveTarget('shop.example.com', here, { namespace: 'shop', from: null });
    expect(entries.map(({ address, port }) => `${address}:${port}`)).toEqual(expected);
  });
});

test('the other Services of the rule have their shares of the target, the largest first', () => {
  const rule: Cluster['routes'][number] = {
    kind: 'HTTPRoute',
    namespace: 'shop',
    name: 'split',
    host: 'split.example.com',
    path: '/',
    pathType: 'Prefix',
    tls: false,
    service: 'web',
    serviceNamespace: 'shop',
    port: 80,
    className: 'infra/public',
    publishedAddresses: [],
    weight: 70,
  };
  const others: Cluster['routes'] = [
    { ...rule, service: 'api', port: 90, weight: 10 },
    { ...rule, service: 'both', weight: 20 },
    { ...rule, service: 'gone', weight: 5 },
    { ...rule, service: 'db', port: 5432, path: '/db' },
    { ...rule, service: 'ring', name: 'another', weight: 1 },
  ];
  const split = { ...cluster, routes: [...others, rule] };
  const target = resolveTarget('split.example.com', split, { namespace: 'shop', from: null });
  expect(target.service?.name).toBe('web');
  expect(target.shares).toMatchObject([
    { name: 'both', port: 80 },
    { name: 'api', port: 90 },
  ]);
  expect(ask('shop.example.com').shares).toBeUndefined();
});

test('reads for whose clients endpoints are meant, and for how long a client stays', async () => {
  const ports = [{ name: 'http', port: 8080, protocol: 'TCP' }];
  const near = await discovered({
    ...SHOP,
    services: [
      service('near', {
        clusterIP: '10.96.0.30',
        ports: [{ name: 'http', port: 80 }],
        sessionAffinity: 'ClientIP',
        sessionAffinityConfig: { clientIP: { timeoutSeconds: 60 } },
      }),
      service('sticky', { clusterIP: '10.96.0.31', ports: [{ port: 80 }], sessionAffinity: 'ClientIP' }),
      service('plain', { clusterIP: '10.96.0.32', ports: [{ port: 80 }], sessionAffinity: 'None' }),
    ],
    endpointslices: [
      slice('near', {
        ports,
        endpoints: [
          { addresses: ['10.1.0.30'], hints: { forZones: [{ name: 'a' }], forNodes: [{ name: 'n1' }] } },
          { addresses: ['10.1.0.31'], hints: {} },
        ],
      }),
    ],
  });
  const { service: found } = resolveTarget('svc/near', near, { namespace: 'shop', from: null });
  expect(found?.backends.map(({ hints }) => hints)).toEqual([{ zones: ['a'], nodes: ['n1'] }, undefined]);
  expect(near.services.map(({ sessionAffinitySeconds }) => sessionAffinitySeconds)).toEqual([60, 10_800, undefined]);
});
