/**
 * A client that is an endpoint of the Service meets itself at times, by a way that only its own port of the bridge has. A twin is no
 * endpoint, and so never takes it: the pod itself has to ask.
 */
import type { Limitation, Pod } from '../../model/cluster.ts';
import { list } from '../../model/format.ts';
import type { Agent } from '../../model/plan.ts';
import { keyOf } from '../../model/named.ts';
import type { Evidence } from '../evidence/evidence.ts';
import { ownPod } from '../evidence/own-pod.ts';

/** Clients that ask themselves through the Service, where only a twin asked for them, or too seldom to have met themselves. */
export function hairpinLimitations(evidence: Evidence): Limitation[] {
  const { service, from } = evidence.target;
  if (service === null || service.clusterIp === null || from === null) return [];
  const ready = service.backends.filter((backend) => backend.ready);
  const endpoints = new Set(ready.flatMap(({ pod }) => (pod === null ? [] : [keyOf(pod)])));
  const clients = new Set(from.pods.map(keyOf));
  const pods = evidence.cluster.pods.filter(
    (pod) => !pod.hostNetwork && clients.has(keyOf(pod)) && endpoints.has(keyOf(pod)),
  );
  const name = `${service.namespace}/${service.name}`;
  const asking = [...evidence.agents.values()].filter((agent) => agent.underTest && wasHeard(evidence, agent));
  return asking.flatMap((agent) => {
    const own = ownPod(evidence.recording, agent);
    if (own !== null) return pods.includes(own) ? missed(evidence, agent, { own, of: ready.length, name }) : [];
    return agent.kind === 'twin' || agent.kind === 'inside' ? unasked(agent, pods, name) : [];
  });
}

/** Chance of never having met itself from which on that is said. */
const MISSED = 0.05;

/** Whether it met itself is not seen, where all attempts were answered. */
function missed(
  evidence: Evidence,
  agent: Agent,
  { own, of, name }: { readonly own: Pod; readonly of: number; readonly name: string },
): Limitation[] {
  const paths = evidence.paths.filter(({ path, from }) => path.to.kind === 'service' && from.id === agent.id);
  const tried = paths.reduce((sum, { attempts }) => sum + attempts.length, 0);
  if (tried === 0 || paths.some(({ state }) => state !== 'open') || (1 - 1 / of) ** tried <= MISSED) return [];
  return [
    {
      what: `${own.name} on ${agent.node}, asking itself through Service ${name}`,
      because: `it is one of ${of} endpoints, and ${tried} attempts may all have met others`,
    },
  ];
}

/** Of one that said nothing, nothing is measured at all, which is told by itself. */
function wasHeard({ recording }: Evidence, { id }: Agent): boolean {
  return recording.hellos.some(({ agent }) => agent === id);
}

function unasked(agent: Agent, pods: readonly Pod[], service: string): Limitation[] {
  const names = pods.filter(({ node }) => node === agent.node).map(({ name }) => name);
  if (names.length === 0) return [];
  const remedy = agent.kind === 'inside' ? 'and nothing could be put into the pod itself' : '--inside measures it';
  return [
    {
      what: `${list(names)} on ${agent.node}, asking itself through Service ${service}`,
      because: `only the pod itself takes that way, no twin of it; ${remedy}`,
    },
  ];
}
