/** What users feel in the scenarios: packets and answers as they are, without kprobe. Two at a time (vitest.config.ts): most of it is waiting for timers. */
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { SCENARIOS_FOLDER } from '../../src/lab/scenario/load-scenario.ts';
import { drive, type Driven, type Fetched } from './drive.ts';
import { getaddrinfo, podOf, podsOf, query } from './fault-probes.ts';

const play = (scenario: string, changes: object = {}) => drive(changes, join(SCENARIOS_FOLDER, scenario));
const times = <T>(count: number, ask: () => Promise<T>): Promise<T[]> =>
  Promise.all(Array.from({ length: count }, ask));
/** What came of it: a status, or why there was none. */
const outcome = ({ status, code }: Fetched) => status ?? code;
const NODES = { 'worker-1': '172.30.0.11', 'worker-2': '172.30.0.12', 'worker-3': '172.30.0.13' } as const;
const nodes = Object.entries(NODES);

/** Each node asks each pod directly. */
const mesh = async (lab: Driven, pods: Driven['pods'], port: number, from: readonly string[]) =>
  Promise.all(
    from.flatMap((node) =>
      pods.map(async (pod) => ({
        from: node,
        to: pod.node,
        got: await lab.fetch(node, `http://${pod.address}:${port}/`),
      })),
    ),
  );

describe.concurrent('large packets between nodes', () => {
  test('a page of 20 kB hangs across nodes and comes on its own node; a connect always works', async () => {
    await using lab = await play('mtu-black-hole');
    for (const { from, to, got } of await mesh(lab, podsOf(lab, 'atlas'), 8081, Object.keys(NODES)))
      expect(outcome(got), `${from} to ${to}`).toBe(from === to ? 200 : 'silent');
    const pages = await times(10, () => lab.fetch('lab', 'http://172.30.0.13/', { host: 'atlas.example.com' }));
    expect(pages.filter(({ body }) => body.length === 20_000).length).toBeLessThan(10);
  });

  test('a small page does not show it', async () => {
    await using lab = await play('mtu-black-hole-small-page');
    for (const { got } of await mesh(lab, podsOf(lab, 'atlas'), 8081, Object.keys(NODES)))
      expect(outcome(got)).toBe(200);
  });

  test('between two nodes only', async () => {
    await using lab = await play('mtu-black-hole-pair');
    for (const { from, to, got } of await mesh(lab, podsOf(lab, 'atlas'), 8081, ['cab-1', 'cab-2', 'cab-3']))
      expect(outcome(got), `${from} to ${to}`).toBe([from, to].toSorted().join() === 'cab-1,cab-3' ? 'silent' : 200);
  });

  test('a wire of 1,500 bytes carries all', async () => {
    await using lab = await play('healthy-large-page');
    for (const { got } of await mesh(lab, podsOf(lab, 'atlas'), 8081, Object.keys(NODES)))
      expect([got.status, got.body.length]).toEqual([200, 20_000]);
  });
});

describe.concurrent('one node of three', () => {
  const WORKERS = Object.keys(NODES);
  /** Who gets no page, as `from > to`. */
  const deaf = async (lab: Driven, app: string, port: number) => {
    const all = await mesh(lab, podsOf(lab, app), port, WORKERS);
    return Object.fromEntries(
      all.filter(({ got }) => got.status !== 200).map(({ from, to, got }) => [`${from} > ${to}`, outcome(got)]),
    );
  };

  test('its interface carries less: full-size answers to it hang, and those from it come', async () => {
    await using lab = await play('mismatched-overlay-mtu');
    expect(await deaf(lab, 'poster', 8085)).toEqual({
      'worker-2 > worker-1': 'silent',
      'worker-2 > worker-3': 'silent',
    });
  });

  test('its interface would carry more: nobody notices', async () => {
    await using lab = await play('healthy-larger-mtu');
    expect(await deaf(lab, 'poster', 8085)).toEqual({});
  });

  test('it answers by another interface: a strict reverse path filter drops what comes, a loose one does not', async () => {
    await using lab = await play('filtered-reverse-path');
    // What it asks itself leaves by its own interface, with the node's address: the answers come back there.
    expect(Object.keys(await deaf(lab, 'buoy', 8091)).toSorted()).toEqual([
      'worker-1 > worker-3',
      'worker-2 > worker-3',
    ]);
    const counted = await lab.run('worker-3', 'cat', '/proc/net/netstat');
    expect(counterIn(counted.stdout, 'IPReversePathFilter')).toBeGreaterThan(0);
    await using loose = await play('healthy-loose-reverse-path');
    expect(await deaf(loose, 'buoy', 8091)).toEqual({});
  });

  test('its firewall drops or rejects one port of its pods', async () => {
    await using lab = await play('node-firewall');
    expect(await deaf(lab, 'crane', 8095)).toEqual({
      'worker-1 > worker-2': 'silent',
      'worker-3 > worker-2': 'silent',
    });
    await using rejecting = await play('node-firewall-reject');
    expect(await deaf(rejecting, 'crane', 8095)).toEqual({
      'worker-1 > worker-2': 'EHOSTUNREACH',
      'worker-3 > worker-2': 'EHOSTUNREACH',
    });
    await using another = await play('healthy-node-firewall');
    expect(await deaf(another, 'crane', 8095)).toEqual({});
  });
});

/** One counter of /proc/net/netstat: a line of names, then one of figures. */
function counterIn(text: string, name: string): number {
  const lines = text.split('\n').map((line) => line.split(' '));
  const at = lines.findIndex((names) => names.includes(name));
  return Number(lines[at + 1]?.[lines[at]?.indexOf(name) ?? 0]);
}

describe.concurrent('DNS', () => {
  const NAME = 'records.clinic.svc.cluster.local';

  test('AAAA is never answered, A is, and getaddrinfo waits', async () => {
    await using lab = await play('unanswered-aaaa');
    const { name } = podOf(lab, 'desk');
    for (const { address } of podsOf(lab, 'coredns')) {
      expect(await query(lab, name, { server: address, name: NAME, type: 'A' })).toEqual({ rcode: 0, answers: 1 });
      expect(await query(lab, name, { server: address, name: NAME, type: 'AAAA' })).toEqual({
        rcode: null,
        answers: 0,
      });
    }
    const { ms } = await getaddrinfo(lab, name, `${NAME}.`);
    expect(ms).toBeGreaterThan(4900);
  });

  test('AAAA is answered with nothing, and nobody waits', async () => {
    await using lab = await play('healthy-empty-aaaa');
    const { name } = podOf(lab, 'desk');
    for (const { address } of podsOf(lab, 'coredns'))
      expect(await query(lab, name, { server: address, name: NAME, type: 'AAAA' })).toEqual({ rcode: 0, answers: 0 });
    const { ms, addresses } = await getaddrinfo(lab, name, 'records');
    expect(addresses).toHaveLength(1);
    expect(ms).toBeLessThan(1000);
  });

  test.each([
    { scenario: 'stale-dns-answer', pallet: [0, 3], crate: [0, 0], felt: new Set([null, 'ENOTFOUND']) },
    { scenario: 'healthy-stale-neighbor', pallet: [0, 0], crate: [0, 3], felt: new Set([null]) },
  ])('$scenario: one of two servers does not know a Service', async ({ scenario, pallet, crate, felt }) => {
    await using lab = await play(scenario);
    const { name } = podOf(lab, 'loader');
    const rcodes = (service: string) =>
      Promise.all(
        podsOf(lab, 'coredns').map(async ({ address }) => {
          const asked = { server: address, name: `${service}.depot.svc.cluster.local`, type: 'A' } as const;
          return (await query(lab, name, asked)).rcode ?? -1;
        }),
      );
    expect((await rcodes('pallet')).toSorted((one, other) => one - other)).toEqual(pallet);
    expect((await rcodes('crate')).toSorted((one, other) => one - other)).toEqual(crate);
    const found = await times(12, () => getaddrinfo(lab, name, 'pallet.depot.svc.cluster.local'));
    // Both questions of a lookup leave from one socket and so reach one server: by chance all the same one in 2,000 runs.
    expect(new Set(found.map(({ code }) => code))).toEqual(felt);
  });

  test.each([
    { scenario: 'dead-dns-endpoint-client', from: 4900, to: 7000 },
    { scenario: 'dead-dns-endpoint-client-timeout', from: 950, to: 2500 },
  ])('$scenario: the client waits for the first of its servers', async ({ scenario, from, to }) => {
    await using lab = await play(scenario);
    const { name } = podOf(lab, 'clerk');
    const { ms, addresses } = await getaddrinfo(lab, name, 'forms.bureau.svc.cluster.local.');
    expect(addresses).toHaveLength(1);
    expect(ms).toBeGreaterThan(from);
    expect(ms).toBeLessThan(to);
  });
});

describe.concurrent('DNS that loses, waits or lies', () => {
  const ask = (lab: Driven, pod: string, name: string, server: string) =>
    query(lab, podOf(lab, pod).name, { server, name, type: 'A', limitMs: 2500 });
  const servers = (lab: Driven) => podsOf(lab, 'coredns').map(({ address }) => address);
  const SERVICE = '10.96.0.10';

  test.each([
    { scenario: 'lost-dns-answers', losing: 2 },
    { scenario: 'lost-dns-answers-replica', losing: 1 },
    { scenario: 'healthy-dns-answers', losing: 0 },
  ])('$scenario: $losing of two servers lose answers', async ({ scenario, losing }) => {
    await using lab = await play(scenario);
    const lost = await Promise.all(
      servers(lab).map(async (server) => {
        const told = await times(24, () => ask(lab, 'farmer', 'barn.harvest.svc.cluster.local', server));
        return told.filter(({ rcode }) => rcode === null).length;
      }),
    );
    // Of 24 a third is lost: none by chance once in 16,000 runs, all never.
    expect(lost.filter((count) => count > 0)).toHaveLength(losing);
    expect(Math.max(...lost)).toBeLessThan(24);
  });

  test.each([
    { scenario: 'slow-dns', late: 2 },
    { scenario: 'slow-dns-replica', late: 1 },
    { scenario: 'healthy-quick-dns', late: 0 },
  ])('$scenario: $late of two servers are late with a name of the cluster', async ({ scenario, late }) => {
    await using lab = await play(scenario);
    const { name } = podOf(lab, 'captain');
    const asked = { name: 'boat.ferry.svc.cluster.local', type: 'A' } as const;
    const within = (server: string, limitMs: number) => query(lab, name, { server, limitMs, ...asked });
    const told = await Promise.all(
      servers(lab).map(async (server) => [(await within(server, 350)).rcode, (await within(server, 2500)).rcode]),
    );
    expect(told.filter(([soon]) => soon === null)).toHaveLength(late);
    expect(told.every(([, atLast]) => atLast === 0)).toBe(true);
  });

  test('two questions of one socket race, single ones do not, and getaddrinfo waits 5 s', async () => {
    await using lab = await play('racing-dns-queries');
    const single = await times(12, () => ask(lab, 'sailor', 'quay.ferry.svc.cluster.local', SERVICE));
    expect(single.every(({ rcode }) => rcode === 0)).toBe(true);
    const lookups = await times(12, () => getaddrinfo(lab, podOf(lab, 'sailor').name, 'quay.ferry.svc.cluster.local.'));
    const slow = lookups.filter(({ ms }) => ms > 4900);
    expect(slow.length).toBeGreaterThan(0);
    expect(slow.length).toBeLessThan(12);
    expect(slow.every(({ ms, addresses }) => ms < 9000 && addresses.length === 1)).toBe(true);
  });

  test.each([
    { scenario: 'slow-upstream-dns', pod: 'miller', searched: [1950, 4900], dotted: [1950, 4900] },
    { scenario: 'search-expansion', pod: 'printer', searched: [1250, 4900], dotted: [0, 1000] },
    { scenario: 'healthy-slow-elsewhere', pod: 'printer', searched: [0, 1000], dotted: [0, 1000] },
  ])('$scenario: a name outside with and without the search list', async ({ scenario, pod, searched, dotted }) => {
    await using lab = await play(scenario);
    for (const [name, [from = 0, to = 0]] of [
      ['outside.example.com', searched],
      ['outside.example.com.', dotted],
    ] as const) {
      const { ms, addresses } = await getaddrinfo(lab, podOf(lab, pod).name, name);
      expect(addresses).toEqual(['172.30.0.1']);
      expect(ms).toBeGreaterThan(from);
      expect(ms).toBeLessThan(to);
    }
  });

  test.each([
    { scenario: 'wildcard-search-domain', searched: '172.30.0.12' },
    { scenario: 'healthy-outside-name', searched: '172.30.0.1' },
  ])('$scenario: where a name outside leads', async ({ scenario, searched }) => {
    await using lab = await play(scenario);
    const { name } = podOf(lab, 'docker');
    expect((await getaddrinfo(lab, name, 'outside.example.com')).addresses).toEqual([searched]);
    expect((await getaddrinfo(lab, name, 'outside.example.com.')).addresses).toEqual(['172.30.0.1']);
  });

  test('an answer that is cut comes by TCP where that is open', async () => {
    await using lab = await play('healthy-truncated-answer');
    const name = 'menu.canteen.svc.cluster.local';
    for (const server of servers(lab)) expect(await ask(lab, 'waiter', name, server)).toEqual({ rcode: 0, answers: 0 });
    expect((await getaddrinfo(lab, podOf(lab, 'waiter').name, name)).addresses).toHaveLength(1);
  });

  test('one of two servers gives the pods of yesterday', async () => {
    await using lab = await play('stale-dns-answer-headless');
    const told = servers(lab).map((server) => ask(lab, 'usher', 'voices.choirloft.svc.cluster.local', server));
    expect(await Promise.all(told)).toEqual([2, 2].map((answers) => ({ rcode: 0, answers })));
    const all = await times(12, () => getaddrinfo(lab, podOf(lab, 'usher').name, 'voices'));
    const found = new Set(all.flatMap(({ addresses }) => addresses));
    expect(found.has('10.244.2.201')).toBe(true);
    for (const { address } of podsOf(lab, 'voices')) expect(found.has(address)).toBe(true);
  });

  test('names of a cluster end in its domain', async () => {
    await using lab = await play('healthy-cluster-domain');
    const { name } = podOf(lab, 'picker');
    expect((await getaddrinfo(lab, name, 'press.orchard')).addresses).toHaveLength(1);
    expect((await getaddrinfo(lab, name, 'press.orchard.svc.k8s.example.net.')).addresses).toHaveLength(1);
    expect((await getaddrinfo(lab, name, 'press.orchard.svc.cluster.local.')).code).toBe('ENOTFOUND');
  });
});

describe.concurrent('ingress', () => {
  const page = (lab: Driven, from: string, address: string, host = 'gallery.example.com') =>
    lab.fetch(from, `http://${address}/`, { host });

  test.each([
    { scenario: 'bad-ingress-node', gallery: 404, menu: 200 },
    { scenario: 'healthy-forgotten-host', gallery: 200, menu: 404 },
  ])('$scenario: one proxy lacks a route', async ({ scenario, ...bad }) => {
    await using lab = await play(scenario);
    for (const [node, address] of nodes) {
      const isBad = node === 'worker-2';
      const [gallery, menu] = await Promise.all([
        page(lab, 'lab', address),
        page(lab, 'lab', address, 'menu.example.com'),
      ]);
      expect([outcome(gallery), outcome(menu)]).toEqual(isBad ? [bad.gallery, bad.menu] : [200, 200]);
    }
  });

  test('one node is out of reach from outside only', async () => {
    await using lab = await play('bad-ingress-node-outside');
    for (const [node, address] of nodes) {
      expect(outcome(await page(lab, 'lab', address))).toBe(node === 'worker-3' ? 'silent' : 200);
      expect(outcome(await page(lab, 'worker-1', address))).toBe(200);
      expect(outcome(await page(lab, podOf(lab, 'gallery').name, address))).toBe(200);
    }
  });

  test.each([
    { scenario: 'foreign-endpoint', other: 404 },
    { scenario: 'healthy-canary', other: 200 },
  ])('$scenario: a second workload answers $other', async ({ scenario, other }) => {
    await using lab = await play(scenario);
    for (const pod of podsOf(lab, 'leaflet')) {
      const isOther = /^leaflet-(import|canary)/u.test(pod.name);
      expect(outcome(await lab.fetch('worker-1', `http://${pod.address}:8085/`))).toBe(isOther ? other : 200);
    }
    const pages = await times(24, () => page(lab, 'lab', NODES['worker-1'], 'leaflet.example.com'));
    expect(new Set(pages.map(outcome))).toEqual(new Set([200, other]));
  });

  test('slow, dead and good pods behind one Service', async () => {
    await using lab = await play('slow-and-dead');
    const [warm, lazy, cold] = await Promise.all(
      ['warm', 'lazy', 'cold'].map((name) =>
        lab.fetch('worker-1', `http://${podOf(lab, name).address}:8094/`, { limitMs: 3000 }),
      ),
    );
    expect([warm, lazy, cold].map((got) => outcome(got!))).toEqual([200, 200, 'silent']);
    expect(lazy!.ms).toBeGreaterThan(1250);
    const pages = await times(6, () =>
      lab.fetch('lab', 'http://172.30.0.11/', { host: 'oven.example.com', limitMs: 9000 }),
    );
    expect(pages.map(outcome)).toEqual(pages.map(() => 200));
    expect(pages.some(({ ms }) => ms > 5000)).toBe(true);
    expect(pages.some(({ ms }) => ms < 1200)).toBe(true);
  });

  test('a class that nobody serves, beside one that is served', async () => {
    await using lab = await play('missing-ingress-controller-beside');
    expect(outcome(await page(lab, 'lab', '172.30.0.11', 'staff.example.com'))).toBe(404);
    expect(outcome(await page(lab, 'lab', '172.30.0.11', 'lobby.example.com'))).toBe(200);
  });

  test.each([
    ['empty-service-unread-policy', 'fees.example.com'],
    ['empty-service-scaled', 'winter.example.com'],
  ])('%s: nobody stands behind it', async (scenario, host) => {
    await using lab = await play(scenario);
    expect(outcome(await page(lab, 'lab', '172.30.0.11', host))).toBe(503);
  });
});

describe.concurrent('Services', () => {
  /** From a pod's container, by name. */
  const call = async (lab: Driven, pod: string, url: string, limitMs?: number) =>
    lab.fetch(`container:${podOf(lab, pod).name}`, url, limitMs === undefined ? {} : { limitMs });

  test('a pod does not reach itself through its Service, and everybody else does', async () => {
    await using lab = await play('broken-hairpin');
    const url = 'http://solo.choir.svc.cluster.local/';
    expect(outcome(await call(lab, 'solo', url))).toBe('silent');
    expect(outcome(await call(lab, 'listener', url))).toBe(200);
    expect(outcome(await call(lab, 'solo', `http://${podOf(lab, 'solo').address}:8086/`))).toBe(200);
    expect(outcome(await lab.fetch('worker-1', `http://${podOf(lab, 'solo').address}:8086/`))).toBe(200);
  });

  test.each([
    { scenario: 'stale-node-rules', lift: 'silent', hoist: 200 },
    { scenario: 'healthy-stale-rules-elsewhere', lift: 200, hoist: 'silent' },
  ])('$scenario: a Service that one node does not know', async ({ scenario, ...expected }) => {
    await using lab = await play(scenario);
    for (const name of ['lift', 'hoist'] as const) {
      const url = `http://${name}.garage.svc.cluster.local/`;
      expect(outcome(await call(lab, 'mechanic', url))).toBe(expected[name]);
    }
    const { addresses } = await getaddrinfo(lab, podOf(lab, 'mechanic').name, 'lift.garage.svc.cluster.local');
    expect(outcome(await lab.fetch('worker-2', `http://${addresses[0]}/`))).toBe(expected.lift);
    expect(outcome(await lab.fetch('worker-1', `http://${addresses[0]}/`))).toBe(200);
    for (const { address } of podsOf(lab, 'lift'))
      expect(outcome(await call(lab, 'mechanic', `http://${address}:8088/`))).toBe(200);
  });

  test('internalTrafficPolicy Local keeps to the own node, or drops', async () => {
    await using lab = await play('local-traffic-policy');
    const name = 'http://collector.tracing.svc.cluster.local/';
    expect(outcome(await call(lab, 'emitter', name))).toBe('silent');
    expect(outcome(await call(lab, 'emitter', `http://${podOf(lab, 'collector').address}:4318/`))).toBe(200);
    expect(outcome(await call(lab, 'collector', name))).toBe(200);
  });

  test('externalTrafficPolicy Local: the port of a node without endpoint drops, that of the other answers', async () => {
    await using lab = await play('local-traffic-policy-external');
    expect(outcome(await lab.fetch('lab', 'http://172.30.0.12:30789/'))).toBe('silent');
    expect(outcome(await lab.fetch('lab', 'http://172.30.0.11:30789/'))).toBe(200);
  });

  test('internalTrafficPolicy Local: with an endpoint on every node each gets its own', async () => {
    await using lab = await play('healthy-local-traffic-policy');
    const answers = await times(8, () => call(lab, 'emitter', 'http://collector.tracing.svc.cluster.local/'));
    const own = podsOf(lab, 'collector').find(({ node }) => node === podOf(lab, 'emitter').node);
    expect(new Set(answers.map(({ body }) => body.trim()))).toEqual(new Set([own?.name]));
  });

  test('an address that no Service owns is silent', async () => {
    await using lab = await play('vanished-cluster-ip');
    expect(outcome(await call(lab, 'kiosk', 'http://10.96.41.40/'))).toBe('silent');
    expect(outcome(await call(lab, 'kiosk', 'http://10.96.41.41/'))).toBe(200);
  });

  test.each([
    { scenario: 'dead-endpoint-node-port', expected: 'silent' },
    { scenario: 'healthy-node-port', expected: 200 },
  ])('$scenario', async ({ scenario, expected }) => {
    await using lab = await play(scenario);
    expect(outcome(await lab.fetch('lab', 'http://172.30.0.12:30791/'))).toBe(expected);
  });

  test.each([
    { scenario: 'dead-endpoint-cluster-name', expected: new Set([200, 'silent']) },
    { scenario: 'healthy-cluster-name', expected: new Set([200]) },
  ])('$scenario: the name resolves in the cluster only', async ({ scenario, expected }) => {
    await using lab = await play(scenario);
    const asked = await times(14, () => call(lab, 'pilot', 'http://web.harbor.svc.cluster.local/'));
    expect(new Set(asked.map(outcome))).toEqual(expected);
    expect(outcome(await lab.fetch('lab', 'http://web.harbor.svc.cluster.local/'))).toMatch(/EAI_AGAIN|ENOTFOUND/u);
  });

  test.each([
    { scenario: 'dead-endpoint-neighbor', expected: new Set([200, 'EHOSTUNREACH']) },
    { scenario: 'healthy-neighbor', expected: new Set([200]) },
  ])('$scenario: a neighbour that is not there', async ({ scenario, expected }) => {
    await using lab = await play(scenario);
    const asked = await times(12, () => call(lab, 'operator', 'http://control.relay.svc.cluster.local/', 6000));
    expect(new Set(asked.map(outcome))).toEqual(expected);
    // Three times the second that the kernel waits for an answer to who has this address (arp(7), retrans_time).
    const failed = asked.filter(({ code }) => code === 'EHOSTUNREACH');
    expect(failed.filter(({ ms }) => ms <= 2500 || ms >= 6000).map(({ ms }) => ms)).toEqual([]);
  });
});

describe.concurrent('ways in', () => {
  test.each([
    { scenario: 'broken-loadbalancer-hairpin', inside: 'silent' },
    { scenario: 'healthy-public-address', inside: 200 },
  ])('$scenario: a public address from outside and from a pod', async ({ scenario, inside }) => {
    await using lab = await play(scenario);
    const [url, options] = ['http://172.30.0.13/', { host: 'tickets.example.com', limitMs: 3000 }];
    expect(outcome(await lab.fetch('lab', url, options))).toBe(200);
    expect(outcome(await lab.fetch(`container:${podOf(lab, 'kiosk').name}`, url, options))).toBe(inside);
  });

  test.each([
    { scenario: 'broken-overlay-checksum', expected: [200, 'silent'] },
    { scenario: 'healthy-node-port-spread', expected: [200] },
  ])('$scenario: by the port of a node, by the endpoints and by the ClusterIP', async ({ scenario, expected }) => {
    await using lab = await play(scenario);
    const byPort = await times(20, () => lab.fetch('lab', 'http://172.30.0.12:30794/', { limitMs: 3000 }));
    // Half of the endpoints are on another node: all on the same one by chance once in 500,000 runs.
    expect(new Set(byPort.map(outcome))).toEqual(new Set(expected));
    for (const { got } of await mesh(lab, podsOf(lab, 'ring'), 8103, Object.keys(NODES)))
      expect(outcome(got)).toBe(200);
    const pod = `container:${podOf(lab, 'ring').name}`;
    const byName = await times(8, () => lab.fetch(pod, 'http://ring.circus.svc.cluster.local/', { limitMs: 3000 }));
    expect(new Set(byName.map(outcome))).toEqual(new Set([200]));
  });
});

test('on a starved node a program waits for a CPU, and elsewhere it does not', async () => {
  await using lab = await play('healthy-starved-node');
  const program = `const begun = performance.now(); let sum = 0;
for (let at = 0; at < 3e7; at += 1) sum += at % 7;
const [, waited] = require("fs").readFileSync("/proc/self/schedstat", "utf8").split(" ");
console.log(JSON.stringify({ ms: performance.now() - begun, waitedMs: Number(waited) / 1e6, sum }));`;
  const work = async (node: string): Promise<{ waitedMs: number; ms: number }> => {
    // Longer than a new process may take to be found and bound.
    const slowly = `setTimeout(() => { ${program} }, 600);`;
    return JSON.parse((await lab.run(node, process.execPath, '-e', slowly)).stdout);
  };
  const [starved, free] = [await work('worker-3'), await work('worker-1')];
  expect(starved.waitedMs).toBeGreaterThan(free.waitedMs * 3);
});

test('with a tenth of a CPU 26 ms of work take periods of 100 ms, and with a whole one they do not', async () => {
  const medianOf = async (scenario: string) => {
    await using lab = await play(scenario);
    const [pod] = podsOf(lab, 'thumbs');
    const taken: number[] = [];
    // One after the other: what queues would take longer by itself.
    for (let count = 0; count < 7; count += 1)
      taken.push((await lab.fetch('worker-2', `http://${pod?.address}:8098/`, { limitMs: 5000 })).ms);
    return taken.toSorted((a, b) => a - b)[3] ?? 0;
  };
  const [throttled, free] = [await medianOf('throttled-cpu'), await medianOf('healthy-cpu-limit')];
  expect(throttled).toBeGreaterThan(110);
  expect(free).toBeLessThan(throttled);
});
