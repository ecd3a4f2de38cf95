/** What makes pods, of whatever kind it is → its pod template, and a pod such as it will make. */
import type { ApiObject } from '../api/cluster-client.ts';
import { at, labelsOf, listAt, nameOf, numberAt, textAt } from '../api/fields.ts';
import type { Pod } from '../model/cluster.ts';
import type { PodTemplate } from '../model/lint.ts';
import { containersOf, readPod } from './workloads.ts';

/** What a pod has that says nothing else (core/v1 PodSpec.terminationGracePeriodSeconds). Seconds. */
const USUAL_GRACE = 30;
/** Their pods are to end by themselves. */
const RUNS = new Set(['Job', 'CronJob']);

export interface Declared {
  readonly template: PodTemplate;
  readonly pod: Pod;
  /** The pod as an API object, where its arguments are. */
  readonly rawPod: ApiObject;
}

/** Deployments and the like, Jobs, bare pods, and kinds of others that have a pod template where these have theirs. null: it makes no pods. */
export function readTemplate(object: ApiObject): Declared | null {
  const named = nameOf(object);
  const kind = textAt(object, 'kind');
  const made = podIn(object, kind);
  if (named === null || kind === null || made === null) return null;
  const { namespace, name } = named;
  const rawPod = { metadata: { name, namespace, labels: labelsOf(made) }, spec: at(made, 'spec') };
  const read = readPod(rawPod);
  if (read === null) return null;
  const pod: Pod = { ...read, phase: 'Running', ready: true, owner: kind === 'Pod' ? null : { kind, name } };
  const isLasting = !RUNS.has(kind);
  const template = {
    kind,
    namespace,
    name,
    labels: pod.labels,
    hostNetwork: pod.hostNetwork,
    replicas: kind === 'DaemonSet' ? null : (numberAt(object, 'spec', 'replicas') ?? 1),
    isLasting,
    rolls: isLasting && kind !== 'Pod' && !WHOLESALE.has(strategyOf(object) ?? ''),
    graceSeconds: numberAt(rawPod, 'spec', 'terminationGracePeriodSeconds') ?? USUAL_GRACE,
    containers: containersOf(rawPod).map((container) => ({
      name: textAt(container, 'name') ?? '',
      ports: readPod({ metadata: { name }, spec: { containers: [container] } })?.ports ?? [],
      hasPreStop: at(container, 'lifecycle', 'preStop') !== undefined,
    })),
  };
  return { template, pod, rawPod };
}

/** Strategies under which no new pod stands beside the old one. */
const WHOLESALE = new Set(['Recreate', 'OnDelete']);

function strategyOf(object: ApiObject): string | null {
  return textAt(object, 'spec', 'strategy', 'type') ?? textAt(object, 'spec', 'updateStrategy', 'type');
}

function podIn(object: ApiObject, kind: string | null): unknown {
  if (kind === 'Pod') return object;
  const template =
    kind === 'CronJob' ? at(object, 'spec', 'jobTemplate', 'spec', 'template') : at(object, 'spec', 'template');
  return listAt(template, 'spec', 'containers').length > 0 ? template : null;
}
