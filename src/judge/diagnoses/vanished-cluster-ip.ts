import { defineDiagnosis } from '../engine/diagnosis.ts';
import { list } from '../../model/format.ts';
import { isBroken } from '../evidence/state.ts';
import { isUnread } from '../../model/unread.ts';
import { line } from '../words/words.ts';

export default defineDiagnosis({
  id: 'vanished-cluster-ip',
  class: 'service',
  layer: 'service',
  title: 'A Service address that no Service has any more',
  why: 'A Service that was deleted and made anew has another ClusterIP. Whoever keeps the old one (a configuration, a cache, a long-lived client) sends packets to an address that nothing translates and nobody owns: connects run through the SYN schedule.',
  test: 'The address lies in the range of Services, no Service has it, and connects to it fail from every vantage.',
  remedy: 'Ask by name and let the client resolve it anew; or give the Service a fixed clusterIP.',
  limits:
    'Needs the right to list Services. Where no ServiceCIDR is readable, the range is taken from the Services that there are.',
  experiments: ['endpoints'],
  suspects: ({ target }) => (target.unownedClusterIp === true ? target.direct : []),
  arm: ({ address, port }, evidence) => {
    const paths = evidence.paths.filter(
      ({ path: { to }, state }) =>
        'address' in to && to.address === address && to.port === port && state !== 'unmeasured',
    );
    return { paths, fails: paths.length > 0 && paths.every(isBroken) && !isUnread(evidence.cluster, 'services') };
  },
  contrasts: () => [],
  blame: ({ address }, { cluster, target }) => {
    const named = cluster.services.filter(({ ports }) => ports.some(({ port }) => port === target.direct[0]?.port));
    return {
      title: `${address} is in the range of Service addresses, and no Service has it`,
      object: null,
      where: null,
      timer: { name: 'SYN retransmission', ms: 1000 },
      lines: [
        line(
          'Services',
          `with this port: ${
            named.length === 0
              ? 'none'
              : list(
                  named.map((each) => `${each.namespace}/${each.name} (${list([...each.clusterIps])})`),
                  4,
                )
          }`,
        ),
      ],
      fix: {
        says: 'Find who still uses this address (its configuration, a cached lookup) and let it ask by the name of the Service.',
        manifest: null,
      },
    };
  },
});
