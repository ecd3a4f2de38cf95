/** A server that has little to spare: API Priority and Fairness refuses what is more than a few requests at once. */
import type { ControlPlane } from './control-plane.ts';

/** How long every answer is held back on its way, milliseconds. */
export const LATE_MS = 300;

/** Of the server's seats (600 by default), so few shares that about two are left for kprobe, and nothing waits in a queue: it is refused. */
export async function makeWeather(plane: ControlPlane): Promise<void> {
  const path = '/apis/flowcontrol.apiserver.k8s.io/v1';
  await plane.call('POST', `${path}/prioritylevelconfigurations`, {
    metadata: { name: 'probers' },
    spec: {
      type: 'Limited',
      limited: {
        nominalConcurrencyShares: 1,
        lendablePercent: 0,
        borrowingLimitPercent: 0,
        limitResponse: { type: 'Reject' },
      },
    },
  });
  await plane.call('POST', `${path}/flowschemas`, {
    metadata: { name: 'probers' },
    spec: {
      priorityLevelConfiguration: { name: 'probers' },
      matchingPrecedence: 500,
      distinguisherMethod: { type: 'ByUser' },
      rules: [
        {
          subjects: [{ kind: 'User', user: { name: 'kprobe' } }],
          resourceRules: [{ verbs: ['*'], apiGroups: ['*'], resources: ['*'], clusterScope: true, namespaces: ['*'] }],
          nonResourceRules: [{ verbs: ['*'], nonResourceURLs: ['*'] }],
        },
      ],
    },
  });
}
