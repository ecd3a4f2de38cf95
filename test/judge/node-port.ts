/** A NodePort of Service shop/web, asked at worker-3, which has no endpoint: web-1 is on worker-1. */
import type { Cluster } from '../../src/model/cluster.ts';
import { entry, sample, service, silent, times } from './make.ts';
import { dns, nginx, serviceOnly, shopCluster, web } from './world.ts';
import type { Break } from './world.ts';

/** This machine, as the client outside. */
export const CLIENT = '192.0.2.7';
export const nodePorts = [{ name: 'http', port: 80, targetPort: 8080, nodePort: 30_797, protocol: 'TCP' }];

export function nodePortShop(over: Partial<Cluster>, externalTrafficPolicy = 'Cluster'): Cluster {
  return shopCluster({
    pods: [...web.slice(0, 1), ...nginx, ...dns],
    services: [service({ type: 'NodePort', externalTrafficPolicy, ports: nodePorts })],
    ...over,
  });
}

export const atNodePort = serviceOnly({
  host: null,
  entries: [entry('worker-3', { address: '10.0.0.3', port: 30_797 })],
  service: {
    namespace: 'shop',
    name: 'web',
    port: 80,
    clusterIp: '10.96.0.80',
    protocol: 'TCP',
    backends: [
      {
        address: web[0]?.addresses[0] ?? '',
        port: 8080,
        node: 'worker-1',
        ready: true,
        pod: { namespace: 'shop', name: 'web-1' },
        slice: 'web-abc12',
      },
    ],
  },
});

/** What is asked of the port of worker-3 vanishes, and so does what its own network sends to the pod's twin. */
export const deafToNode: Break = (path, from, to) => {
  const local = `${CLIENT}:50000`;
  if (path.to.kind === 'entry' && path.to.node === 'worker-3') return times(4, () => silent({ local }));
  if (path.to.kind === 'entry' && from.kind === 'local') return times(2, () => sample({ status: 200, local }));
  return from.kind === 'host' && from.node === 'worker-3' && to?.kind === 'twin' ? times(4, silent) : null;
};
