import { expect, test } from 'vitest';
import { controller, route, sample, service, times } from '../make.ts';
import { diagnose, nginx, shopCluster } from '../world.ts';
import type { Break } from '../world.ts';

const canary = service({ name: 'canary', clusterIps: ['10.96.0.81'] });
const pods = nginx.map(({ namespace, name }) => ({ namespace, name }));
const base = shopCluster();
const cluster = shopCluster({
  controllers: [controller({ pods })],
  services: [...base.services, canary],
  routes: [route({ weight: 60 }), route({ weight: 40, service: 'canary' })],
});
const unavailable: Break = ({ to }) => (to.kind === 'entry' ? times(3, () => sample({ status: 502 })) : null);
const told = (breaks: Break[]) =>
  diagnose({ cluster, breaks }).notMeasured.filter(({ what }) => what.includes('canary'));

test('the Service of a smaller share is told where users are served badly, and not in peace', () => {
  expect(told([])).toEqual([]);
  expect(told([unavailable])).toMatchObject([
    {
      what: 'the endpoints of Service shop/canary, which has a share of what Ingress shop/web gets',
      because: 'those of the largest share are asked: kprobe diagnose svc/canary -n shop',
    },
  ]);
});
