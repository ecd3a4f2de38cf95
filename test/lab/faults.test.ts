import { describe, expect, test } from 'vitest';
import { drive, type Driven } from './drive.ts';

const SERVERS = { namespace: 'echo', labels: { app: 'server' } };
const NODES = ['worker-1', 'worker-2', 'worker-3'] as const;

const url = (lab: Driven, server: string) => `http://${lab.pod(server).address}:8080/`;
const homes = (lab: Driven) => [lab.pod('server-0').node, lab.pod('server-1').node];
/** A client of another node than server-0's. */
const stranger = (lab: Driven) => lab.clientOn(NODES.find((node) => node !== homes(lab)[0]) ?? '');

describe('faults', () => {
  test.each([
    { synLinearTimeouts: 4, count: 1, ms: 1000 },
    { synLinearTimeouts: 4, count: 3, ms: 3000 },
    { synLinearTimeouts: 0, count: 2, ms: 3000 },
  ])('with the first $count SYNs lost and schedule $synLinearTimeouts a connect takes $ms ms', async (ladder) => {
    const { synLinearTimeouts, count, ms } = ladder;
    const nodes = NODES.map((name) => ({ name, synLinearTimeouts }));
    await using lab = await drive({ nodes, faults: [{ kind: 'drop-first-syns', to: SERVERS, count }] });
    for (const from of [stranger(lab), lab.clientOn(homes(lab)[0]!), homes(lab)[0]!]) {
      const direct = await lab.fetch(from, url(lab, 'server-0'), { limitMs: 9000 });
      expect(direct.ms).toBeGreaterThan(ms);
      expect(direct.ms).toBeLessThan(ms * 1.15 + 300);
    }
    // The endpoint is chosen once for all SYNs of a connection.
    const service = await lab.fetch(lab.clientOn('worker-1'), 'http://10.96.77.1/', { limitMs: 9000 });
    expect(service.ms).toBeLessThan(ms * 1.15 + 300);
  });

  test('half of the SYNs are lost at random, and the pods stay ready', async () => {
    await using lab = await drive({ faults: [{ kind: 'drop-syn', to: SERVERS, share: 0.5 }] });
    const asked = Array.from({ length: 24 }, () => lab.fetch(stranger(lab), url(lab, 'server-0'), { limitMs: 700 }));
    const lost = (await Promise.all(asked)).filter(({ code }) => code === 'silent').length;
    // Outside of this by chance once in some 30,000 runs.
    expect(lost).toBeGreaterThan(2);
    expect(lost).toBeLessThan(22);
    expect(lab.notReady).toEqual([]);
  });

  test('a black hole takes one replica and leaves the other', async () => {
    await using lab = await drive({ faults: [{ kind: 'blackhole', to: SERVERS, replicas: 1 }] });
    expect((await lab.fetch(stranger(lab), url(lab, 'server-0'))).code).toBe('silent');
    expect((await lab.fetch(stranger(lab), url(lab, 'server-1'))).code).toBeNull();
  });

  test('a killed process refuses, and its pod stays an endpoint', async () => {
    await using lab = await drive({ faults: [{ kind: 'kill-process', to: SERVERS, replicas: 1 }] });
    expect((await lab.fetch(stranger(lab), url(lab, 'server-0'))).code).toBe('ECONNREFUSED');
    const answers = await Promise.all(Array.from({ length: 14 }, () => lab.fetch('worker-1', 'http://10.96.77.1/')));
    expect(new Set(answers.map(({ code }) => code))).toEqual(new Set([null, 'ECONNREFUSED']));
  });

  test.each(['vxlan', 'host-gw'])(
    'a pair of nodes without %s between them is cut off, and no other',
    async (overlay) => {
      const faults = [{ kind: 'drop-overlay', between: ['worker-1', 'worker-2'] }];
      await using lab = await drive({ overlay, faults, nodes: NODES.map((name) => ({ name })) });
      const states = await Promise.all(
        NODES.flatMap((from) =>
          ['server-0', 'server-1'].map(async (server) => {
            const { code } = await lab.fetch(lab.clientOn(from), url(lab, server));
            const isCut = [from, lab.pod(server).node].toSorted().join() === 'worker-1,worker-2';
            return { expected: isCut ? 'silent' : null, code };
          }),
        ),
      );
      for (const { expected, code } of states) expect(code).toBe(expected);
      // The nodes themselves still reach each other.
      expect((await lab.fetch('worker-1', 'http://172.30.0.12:30779/')).code).toBe('ECONNREFUSED');
    },
  );

  test('noise keeps the processors busy and breaks nothing', async () => {
    await using lab = await drive({ faults: [{ kind: 'cpu-noise', processes: 2 }] });
    expect((await lab.fetch(stranger(lab), url(lab, 'server-0'), { limitMs: 5000 })).code).toBeNull();
  });
});
