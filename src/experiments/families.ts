/**
 * What is offered by a second address family: the same entries, Service, endpoints and probe pods by it. Their siblings by the first family are the
 * arms of other experiments. Nothing where all has one family, as it mostly does.
 */
import type { Cluster } from '../model/cluster.ts';
import type { Agent, Destination } from '../model/plan.ts';
import type { Target } from '../model/target.ts';
import { application } from './application.ts';
import { agentAt, tcpEcho } from './echo.ts';
import { podNamed, rotate } from './facts.ts';
import { weighted } from './path.ts';
import type { WeightedPath } from './path.ts';
import { neutralOf } from './vantages.ts';
import type { Vantages } from './vantages.ts';

/** A family works or it does not: the second attempt is not a coincidence. */
const ATTEMPTS = 2;
/** What the family does at one pod it mostly does at all of them. */
const MOST_BACKENDS = 4;
const MOST_ENTRIES = 6;
const MOST_ENTRY_VANTAGES = 2;

export function familyPaths(cluster: Cluster, target: Target, vantages: Vantages): WeightedPath[] {
  const all = [
    ...entryPaths(target, vantages),
    ...outsidePaths(target, vantages),
    ...servicePaths(cluster, target, vantages),
  ];
  return all.map((each) => ({
    ...each,
    attempts: ATTEMPTS,
  }));
}

function entryPaths(target: Target, { local, controls }: Vantages): WeightedPath[] {
  return (target.otherEntries ?? []).slice(0, MOST_ENTRIES).flatMap(({ address, port, node }, position) => {
    const to: Destination = { kind: 'entry', address, port, node };
    return [local, ...rotate(controls, position).slice(0, MOST_ENTRY_VANTAGES)].map((from) =>
      weighted('user', from, to, application(target, { address, port })),
    );
  });
}

/** A host outside, as those see it who are asked for. */
function outsidePaths(target: Target, { local, sourcesUnderTest }: Vantages): WeightedPath[] {
  return (target.otherDirect ?? []).flatMap(({ address, port }) =>
    [local, ...sourcesUnderTest].map((from) =>
      weighted('user', from, { kind: 'external', address, port }, application(target, { address, port })),
    ),
  );
}

function servicePaths(cluster: Cluster, target: Target, vantages: Vantages): WeightedPath[] {
  const { service } = target;
  if (service?.other === undefined) return [];
  const { namespace, name, port, other } = service;
  const { clusterIp } = other;
  const backends = other.backends.filter(({ ready }) => ready).slice(0, MOST_BACKENDS);
  const [address = clusterIp] = backends.map((each) => each.address);
  if (address === null || address === undefined) return [];
  const family = address.includes(':') ? 'IPv6' : 'IPv4';
  const nodes = new Set(backends.map((each) => podNamed(cluster, each.pod)?.node ?? each.node));
  const beside = vantages.controls.filter((agent) => nodes.has(agent.node));
  const [first] = backends;
  const isAsked = target.entries.length === 0;
  return [...vantages.sourcesUnderTest, ...neutralOf(vantages)].flatMap((from) => [
    ...(clusterIp === null
      ? []
      : [
          weighted(
            isAsked && from.underTest ? 'user' : 'experiment',
            from,
            { kind: 'service', namespace, name, address: clusterIp, port },
            application(target, { address: clusterIp, port }),
          ),
        ]),
    ...backends.map((backend) =>
      weighted(
        'experiment',
        from,
        {
          kind: 'backend',
          address: backend.address,
          port: backend.port,
          node: podNamed(cluster, backend.pod)?.node ?? backend.node,
          pod: backend.pod,
        },
        application(target, backend),
      ),
    ),
    ...[...vantages.destinationTwins, ...beside.filter(({ id }) => id !== from.id)].map((to) =>
      echoBy(family, from, to, first?.port ?? null),
    ),
  ]);
}

function echoBy(family: 'IPv4' | 'IPv6', from: Agent, to: Agent, port: number | null): WeightedPath {
  const probe = tcpEcho(to, port);
  const where = { agent: to.id, port: port ?? ('tcp' as const), family };
  return weighted('experiment', from, { ...agentAt(to, port), family }, { ...probe, to: where });
}
