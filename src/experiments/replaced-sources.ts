/**
 * Clients outside, as the pods behind the port of a node see them: with externalTrafficPolicy Cluster by an address of that node. Only where a policy
 * beside the pods says who may come does it matter.
 */
import type { Cluster } from '../model/cluster.ts';
import { nodesServing, sharedServiceAt } from '../model/local-entry.ts';
import type { Destination } from '../model/plan.ts';
import type { Target } from '../model/target.ts';
import { application } from './application.ts';
import { echo } from './echo.ts';
import { backendsOf } from './facts.ts';
import { weighted } from './path.ts';
import type { WeightedPath } from './path.ts';
import type { Vantages } from './vantages.ts';

/** Ports of nodes that are alike; the second shows whether it is one of them. */
const MOST_ENTRIES = 2;
const SERVING_NODES = 2;
/** The second attempt is not a coincidence. */
const ATTEMPTS = 2;

export function replacedSourcePaths(cluster: Cluster, target: Target, vantages: Vantages): WeightedPath[] {
  return target.entries.slice(0, MOST_ENTRIES).flatMap(({ address, port, node }) => {
    const service = sharedServiceAt(cluster, { address, port });
    if (service === null || !isRestricted(cluster, service.namespace)) return [];
    const serving = nodesServing(cluster, service).filter((each) => each !== node);
    const host = vantages.hosts.find((each) => each.node === node);
    return [
      ...(host === undefined ? [] : asNode(host, target, vantages)),
      ...vantages.nodes
        .filter(({ name }) => serving.includes(name))
        .slice(0, SERVING_NODES)
        .flatMap(({ name, addresses: [own] }) => {
          if (own === undefined) return [];
          const to: Destination = { kind: 'entry', address: own, port, node: name };
          return [{ ...weighted('experiment', vantages.local, to, application(target, to)), attempts: ATTEMPTS }];
        }),
    ];
  });
}

/** Does a policy of this namespace say who may come? */
function isRestricted({ networkPolicies }: Cluster, namespace: string): boolean {
  return networkPolicies.some(
    ({ namespace: own, spec }) => own === namespace && (spec.policyTypes ?? ['Ingress']).includes('Ingress'),
  );
}

/** The node's own network to the twin of each backend, and to a control beside it, which tells the address that arrives. */
function asNode(host: Vantages['hosts'][number], target: Target, vantages: Vantages): WeightedPath[] {
  const port = backendsOf(target)[0]?.port ?? null;
  const elsewhere = vantages.destinationTwins.filter(({ node }) => node !== host.node);
  const beside = vantages.controls.filter(({ node }) => elsewhere.some((twin) => twin.node === node));
  return [...elsewhere, ...beside].map((to) => echo(host, to, port));
}
