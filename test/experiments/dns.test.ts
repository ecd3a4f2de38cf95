import { describe, expect, test } from 'vitest';
import { makePlan } from '../../src/plan/plan.ts';
import { entry } from '../judge/make.ts';
import {
  askedByCheckout,
  checkoutCluster,
  allowIngress,
  serviceOnly,
  shopCluster,
  shopTarget,
} from '../judge/world.ts';
import { askedBy, pathOf, SETTINGS, shotsOf } from './planned.ts';

const CLIENT = 'as:checkout@worker-3';
const WEB = 'web.shop.svc.cluster.local';
const FRONT = '10.96.0.10:53';
const REPLICAS = ['10.244.1.53:53', '10.244.2.53:53'];
const service = makePlan(shopCluster(), serviceOnly(), SETTINGS);

describe('record types', () => {
  test.for(['control@worker-1', 'control@worker-2', 'control@worker-3', CLIENT])('of each server from %s', (from) => {
    const plan = askedBy();
    for (const server of [FRONT, ...REPLICAS]) {
      const counts = ['A', 'AAAA', 'A+AAAA'].map((type) => {
        const id = `${from} > ${server} dns/udp ${type}`;
        expect(pathOf(plan, id).experiments).toContain('record-types');
        return shotsOf(plan).get(id)?.count;
      });
      expect(counts).toEqual([4, 2, 4]);
    }
  });
});

describe("the target's own name", () => {
  test.for(REPLICAS)('is asked of %s by two controls, under an id of its own', (replica) => {
    const asked = service.paths.filter(({ id }) => id.endsWith(`> ${replica} dns/udp A ${WEB}`));
    expect(asked).toHaveLength(2);
    expect(asked.every(({ probe }) => probe.kind === 'dns' && probe.name === WEB)).toBe(true);
    expect(asked.every(({ experiments }) => experiments.join(' ') === 'dns-servers')).toBe(true);
  });

  test('is asked of the replicas by the client as well', () => {
    const plan = askedBy();
    for (const replica of REPLICAS) pathOf(plan, `${CLIENT} > ${replica} dns/udp A ${WEB}`);
  });

  test('is none where there is no Service', () => {
    const plan = makePlan(shopCluster(), serviceOnly({ service: null }), SETTINGS);
    expect(plan.paths.filter(({ id }) => id.includes('shop.svc'))).toEqual([]);
  });
});

describe('the lookup of a client', () => {
  const lookups = (plan: typeof service) => plan.paths.filter(({ to }) => to.kind === 'resolver');
  const said = (plan: typeof service) =>
    lookups(plan).map(({ from, to, userFacing }) => [from, 'name' in to && to.name, userFacing]);

  test('is of the name that it asks for, and a user feels it', () => {
    expect(said(askedBy())).toContainEqual([CLIENT, 'web.shop.svc', true]);
    expect(said(askedBy()).filter(([from]) => from !== CLIENT)).toEqual(
      [1, 2, 3].map((number) => [`control@worker-${number}`, 'kubernetes.default.svc', false]),
    );
  });

  test('is of the name as it was written, with as many dots', () => {
    const asked = (host: string) =>
      said(
        makePlan(
          checkoutCluster(allowIngress),
          serviceOnly({ host, isHostWritten: true, from: askedByCheckout }),
          SETTINGS,
        ),
      ).filter(([, , userFacing]) => userFacing);
    expect(asked(WEB)).toEqual([[CLIENT, WEB, true]]);
    expect(asked(`${WEB}.`)).toEqual([[CLIENT, `${WEB}.`, true]]);
    // Shorter ones are found under the domain of the cluster.
    for (const short of ['web', 'web.shop', 'web.shop.svc'])
      expect(asked(short)).toEqual([[CLIENT, 'web.shop.svc', true]]);
  });

  test('goes through the search domains of the client, each asked for by itself, where it gets that far', () => {
    const facts = checkoutCluster(allowIngress);
    const made = (host: string, options: string[]) => {
      const dnsConfig = { nameservers: [], searches: ['corp.example.net'], options };
      const pods = facts.pods.map((each) => (each.name === 'checkout-1' ? { ...each, dnsConfig } : each));
      const target = serviceOnly({ host, isHostWritten: true, from: askedByCheckout });
      return makePlan({ ...facts, pods }, target, SETTINGS)
        .paths.filter(({ experiments }) => experiments.includes('outside-names'))
        .map(({ id }) => id);
    };
    expect(made(WEB, [])).toEqual(
      expect.arrayContaining([
        `${CLIENT} > ${WEB}. getaddrinfo`,
        `${CLIENT} > ${FRONT} dns/udp A ${WEB}.corp.example.net`,
      ]),
    );
    expect(made('web.shop.svc', [])).toEqual([]);
    expect(made(WEB, ['ndots:2'])).toEqual([]);
  });

  test('is of the host of an ingress where a client was named, and of nobody where none was', () => {
    const cluster = checkoutCluster(allowIngress);
    const host = [CLIENT, 'shop.example.com', true];
    expect(said(makePlan(cluster, shopTarget({ from: askedByCheckout }), SETTINGS))).toContainEqual(host);
    expect(lookups(makePlan(cluster, shopTarget(), SETTINGS)).some(({ userFacing }) => userFacing)).toBe(false);
  });

  test('is needed by nobody who asks for an address', () => {
    for (const host of [null, '10.96.0.80', 'fd00::1']) {
      const target = shopTarget({ host, from: askedByCheckout, entries: [entry('worker-1')] });
      expect(
        lookups(makePlan(checkoutCluster(allowIngress), target, SETTINGS)).some(({ userFacing }) => userFacing),
      ).toBe(false);
    }
  });

  test('without a client, neutral vantages look up what every cluster has, the same for all targets', () => {
    expect(new Set(said(service).map(([, name]) => name))).toEqual(new Set(['kubernetes.default.svc']));
    expect(lookups(service).every(({ userFacing }) => userFacing)).toBe(true);
  });
});

describe('the nameservers of a client', () => {
  const dead = { nameservers: ['192.0.2.53', '10.96.0.10'], searches: [], options: ['timeout:1'] };
  const none = askedBy({ dnsPolicy: 'None', dnsConfig: dead });

  test('are asked each for the name, in the order of its resolv.conf', () => {
    const own = none.paths.filter(
      ({ from, to, experiments }) =>
        from === CLIENT && to.kind === 'dns-server' && experiments.includes('client-resolution'),
    );
    expect(own.map(({ id }) => id.split(' > ')[1])).toEqual([
      `192.0.2.53:53 dns/udp A ${WEB}`,
      `192.0.2.53:53 dns/udp A+AAAA ${WEB}`,
      `10.96.0.10:53 dns/udp A ${WEB}`,
      `10.96.0.10:53 dns/udp A+AAAA ${WEB}`,
    ]);
  });

  test('are nobody of the cluster where they are not, and the Service where they are it', () => {
    expect(pathOf(none, `${CLIENT} > 192.0.2.53:53 dns/udp A ${WEB}`).to).toMatchObject({
      pod: null,
      service: null,
      node: null,
    });
    expect(pathOf(none, `${CLIENT} > ${FRONT} dns/udp A ${WEB}`).to).toMatchObject({
      service: { namespace: 'kube-system', name: 'kube-dns' },
    });
  });

  test('are a replica where one was written down', () => {
    const plan = askedBy({ dnsPolicy: 'None', dnsConfig: { ...dead, nameservers: ['10.244.2.53'] } });
    const path = pathOf(plan, `${CLIENT} > ${REPLICAS[1]} dns/udp A ${WEB}`);
    expect(path.to).toMatchObject({ pod: { name: 'coredns-2' }, node: 'worker-2' });
    expect(path.experiments).toEqual(['dns-servers', 'client-resolution']);
  });

  test('are asked by its twin, which is set as it is', () => {
    expect(none.agents.find(({ id }) => id === CLIENT)?.dns).toEqual({ policy: 'None', config: dead });
    expect(askedBy().agents.find(({ id }) => id === CLIENT)).not.toHaveProperty('dns');
  });

  test('are not known where they are those of its node, which is said of its vantage', () => {
    const plan = askedBy({ dnsPolicy: 'Default' });
    expect(plan.limitations).toContainEqual({
      what: 'each nameserver of pay/checkout on worker-3 by itself',
      because: 'they are those of its node, which the API does not tell',
      subject: { kind: 'agent', agent: CLIENT },
    });
    expect(none.limitations).toEqual([]);
  });
});

describe('a client on the host network', () => {
  const over = { hostNetwork: true, addresses: ['10.0.0.3'], dnsPolicy: 'ClusterFirst' };

  test('is stood for by its host vantage, which has its dnsPolicy', () => {
    const plan = askedBy(over);
    expect(plan.agents.find(({ id }) => id === 'host@worker-3')?.dns).toEqual({ policy: 'ClusterFirst' });
    expect(pathOf(plan, 'host@worker-3 > web.shop.svc getaddrinfo').userFacing).toBe(true);
    expect(plan.limitations).toEqual([]);
  });

  test('resolves itself with --inside', () => {
    const plan = askedBy(over, { inside: true });
    expect(pathOf(plan, 'inside:checkout@worker-3 > web.shop.svc getaddrinfo').userFacing).toBe(true);
  });
});
