import { expect, test } from 'vitest';
import type { ApiObject, ListOptions } from '../../src/api/cluster-client.ts';
import { watchDepartures } from '../../src/collect/departures.ts';
import { recording, refused, sample } from '../judge/make.ts';
import { nginx, serviceOnly, shopCluster, shopTarget, web } from '../judge/world.ts';

const podObject = (name: string, metadata: object = {}): ApiObject => ({
  metadata: { namespace: 'shop', name, ...metadata },
});
const [one, two] = [podObject('web-1'), podObject('web-2')];
const stopping = podObject('web-1', { deletionTimestamp: '2027-01-15T08:00:30Z', deletionGracePeriodSeconds: 30 });
const TOLD = Date.parse('2027-01-15T08:00:00Z');

/** A watch over these answers of the API, one a look, and what it asked for. */
function watched(...answers: (readonly ApiObject[] | null)[]) {
  const asked: (ListOptions | undefined)[] = [];
  let nowMs = 10_000;
  const list = async (_: unknown, options?: ListOptions) => {
    asked.push(options);
    const value = answers[asked.length - 1] ?? null;
    return value === null
      ? { ok: false as const, problem: { status: 403, reason: 'Forbidden', message: 'no' } }
      : { ok: true as const, value };
  };
  const departures = watchDepartures({
    client: { list },
    cluster: shopCluster(),
    target: serviceOnly(),
    now: () => nowMs,
  });
  return { departures, asked, wait: (ms: number) => void (nowMs += ms) };
}
const told = (failures: number) =>
  recording({ samples: [sample({ status: 200 }), ...Array.from({ length: failures }, () => refused())] });

test('where nothing fails the API is asked nothing', async () => {
  const { departures, asked } = watched();
  expect(departures.toldWith(told(0))).not.toHaveProperty('departures');
  expect(await departures.settledWith(told(0))).not.toHaveProperty('departures');
  expect(asked).toEqual([]);
});

test('a failure asks for the pods of the Service, at most once a second, and again only for a new one', async () => {
  const { departures, asked, wait } = watched([one, two], [one, two], [one, two]);
  departures.toldWith(told(1));
  departures.toldWith(told(2));
  expect(asked).toEqual([{ namespace: 'shop', labelSelector: 'app=web' }]);
  wait(1100);
  departures.toldWith(told(2));
  departures.toldWith(told(2));
  wait(1100);
  departures.toldWith(told(2));
  expect(asked).toHaveLength(2);
  await departures.settledWith(told(2));
  expect(asked).toHaveLength(2);
});

test('a pod that is told to stop: since when; one that has gone: nobody knows', async () => {
  const { departures } = watched([stopping]);
  expect((await departures.settledWith(told(1))).departures).toEqual([
    { pod: { namespace: 'shop', name: 'web-1' }, toldAt: TOLD, seenAt: 10_000, graceMs: 30_000 },
    { pod: { namespace: 'shop', name: 'web-2' }, toldAt: null, seenAt: 10_000, graceMs: null },
  ]);
});

test('what was seen first stays, when the pod has gone later', async () => {
  const { departures, wait } = watched([stopping, two], [two]);
  expect((await departures.settledWith(told(1))).departures).toMatchObject([{ toldAt: TOLD }]);
  wait(1100);
  expect((await departures.settledWith(told(2))).departures).toMatchObject([{ toldAt: TOLD, seenAt: 10_000 }]);
});

test('without the right nothing is known', async () => {
  const { departures } = watched(null);
  expect(await departures.settledWith(told(1))).not.toHaveProperty('departures');
});

test('proxies in front of the target are looked at as well, for their readiness', async () => {
  const asked: (ListOptions | undefined)[] = [];
  const [proxy] = nginx;
  const known = { ...proxy, readySince: TOLD } as (typeof nginx)[number];
  const object = podObject(known.name, { namespace: 'ingress-nginx' });
  const conditions = [{ type: 'Ready', status: 'True', lastTransitionTime: '2027-01-15T08:00:05Z' }];
  const departures = watchDepartures({
    client: {
      list: async (_, options) => {
        asked.push(options);
        const isProxies = options?.namespace === 'ingress-nginx';
        return { ok: true, value: isProxies ? [{ ...object, status: { conditions } }] : [one, two] };
      },
    },
    cluster: shopCluster({ pods: [...web, known] }),
    target: shopTarget(),
    now: () => 10_000,
  });
  const late = recording({ samples: [sample({ status: 200, synRetransmissions: 1 })] });
  expect((await departures.settledWith(late)).relapses).toEqual([
    { pod: { namespace: 'ingress-nginx', name: 'nginx-1' }, readyAt: TOLD + 5000, seenAt: 10_000 },
  ]);
  expect(asked).toEqual([{ namespace: 'shop', labelSelector: 'app=web' }, { namespace: 'ingress-nginx' }]);
});
