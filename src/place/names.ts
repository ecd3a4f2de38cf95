/** What a run's objects are called, and how they are found again. */
import type { Limitation } from '../model/cluster.ts';
import type { Agent } from '../model/plan.ts';

/** On every object of a run, with the run's id: what cleanup looks for. */
export const RUN_LABEL = 'kprobe.dev/run';
/** On objects in kprobe's own namespaces only: in someone's namespace a twin's labels must stay those of the pod it copies. */
export const MANAGED_BY = { 'app.kubernetes.io/managed-by': 'kprobe' } as const;
/** On the run's ConfigMaps: how long after its creation everything of the run is over, in seconds. The API server's clock counts, not ours. */
export const LASTS_ANNOTATION = 'kprobe.dev/lasts-seconds';
/** On pods: the peer table of the run, which the kubelet shows to the agent as a file. */
export const PEERS_ANNOTATION = 'kprobe.dev/peers';
/** How often the peers were told again: a kubelet looks at a pod once more when something of it has changed. */
export const REMINDER_ANNOTATION = 'kprobe.dev/peers-reminder';
export const AGENT_ANNOTATION = 'kprobe.dev/agent';

/** What a limitation is about, where it is about an agent. */
export const aboutAgent = (agent: string): NonNullable<Limitation['subject']> => ({ kind: 'agent', agent });

export const CONTROL_NAMESPACE = 'kprobe';
export const HOST_NAMESPACE = 'kprobe-host';

export function configMapName(run: string): string {
  return `kprobe-${run}`;
}

/** Where the assignments of a run need more than one ConfigMap. */
export function partName(run: string, part: number): string {
  return `${configMapName(run)}-${part}`;
}

/** Names of pods are also their hostnames: 63 characters at most. The position makes them unique. */
export function podName(run: string, agent: Agent, position: number): string {
  return `kprobe-${run}-${position}-${slug(agent.id)}`.slice(0, 63).replace(/-+$/, '');
}

/** A key that a ConfigMap allows, and so the name of the file. */
export function assignmentFile(podName: string): string {
  return `${podName}.json`;
}

function slug(id: string): string {
  return id
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-+|-+$/g, '');
}
