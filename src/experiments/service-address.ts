/** The Service's address beside its endpoints' own, from every source under test and from the nodes' controls. */
import type { Cluster, Limitation, Pod } from '../model/cluster.ts';
import { list } from '../model/format.ts';
import type { Agent, Destination } from '../model/plan.ts';
import type { Target } from '../model/target.ts';
import { application } from './application.ts';
import { endpointPaths } from './endpoints.ts';
import { backendsOf, podNamed } from './facts.ts';
import { weighted } from './path.ts';
import type { WeightedPath } from './path.ts';
import { neutralOf } from './vantages.ts';
import type { Vantages } from './vantages.ts';

export function serviceAddressPaths(cluster: Cluster, target: Target, vantages: Vantages): WeightedPath[] {
  const { service } = target;
  if (service === null || service.clusterIp === null) return [];
  const { namespace, name, port } = service;
  const to: Destination = { kind: 'service', namespace, name, address: service.clusterIp, port };
  const probe = application(target, { address: service.clusterIp, port });
  const weight = target.entries.length === 0 ? 'user' : 'experiment';
  return [
    ...vantages.sourcesUnderTest.map((from) => weighted(weight, from, to, probe)),
    ...neutralOf(vantages).map((from) => weighted('experiment', from, to, probe)),
    ...endpointPaths(cluster, target, vantages),
  ];
}

/**
 * A client that is an endpoint of the Service meets itself at times, by a way that only its own port of the bridge has. A twin is no
 * endpoint, and so never takes it: the pod itself has to ask.
 */
export function hairpinLimits(cluster: Cluster, target: Target, { sourcesUnderTest }: Vantages): Limitation[] {
  const { service, from } = target;
  if (service === null || service.clusterIp === null || from === null) return [];
  const endpoints = new Set(backendsOf(target).flatMap(({ pod }) => (pod === null ? [] : [keyOf(pod)])));
  const pods = from.pods
    .filter((name) => endpoints.has(keyOf(name)))
    .map((name) => podNamed(cluster, name))
    .filter((pod) => pod !== null)
    .filter((pod) => !pod.hostNetwork);
  return sourcesUnderTest
    .filter(({ kind }) => kind === 'twin')
    .flatMap((agent) => hairpinLimit(agent, pods, `${service.namespace}/${service.name}`));
}

function hairpinLimit(agent: Agent, pods: readonly Pod[], service: string): Limitation[] {
  const names = pods.filter(({ node }) => node === agent.node).map(({ name }) => name);
  if (names.length === 0) return [];
  return [
    {
      what: `${list(names)} on ${agent.node}, asking itself through Service ${service}`,
      because: 'only the pod itself takes that way, no twin of it; --inside measures it',
      subject: { kind: 'user-path' },
    },
  ];
}

function keyOf({ namespace, name }: { namespace: string; name: string }): string {
  return `${namespace}/${name}`;
}
