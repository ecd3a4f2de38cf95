import { list } from '../../model/format.ts';
import type { PodTemplate } from '../../model/lint.ts';
import type { Service } from '../../model/cluster.ts';
import { derived } from '../../judge/derived.ts';
import { serviceOf } from '../flows.ts';
import type { Material } from '../material.ts';
import type { Remark, Rule } from '../rule.ts';

export default {
  name: 'abrupt-end',
  ids: ['abrupt-shutdown'],
  class: 'service',
  title: 'Pods that users reach end at once when they are told to stop',
  why: 'A pod is told to stop at the same moment as its address begins to be taken from endpoints. Proxies and nodes hear of it later, by a tenth of a second to seconds; until then they send it requests, and a process that ends at SIGTERM resets them: errors at every rollout.',
  looks:
    'Workloads that are replaced pod by pod and stand behind an Ingress, HTTPRoute, NodePort or load balancer: whether any container has a preStop hook, and whether they have time to end (terminationGracePeriodSeconds).',
  remedy: 'A preStop hook that waits until nobody sends any more: sleep for some seconds, less than the grace period.',
  limits:
    'A process may itself wait after SIGTERM; lint cannot see that. Silent for Services that only pods reach, and for Jobs, bare pods and the strategies Recreate and OnDelete.',
  *check(material) {
    for (const template of material.templates) {
      const { kind, namespace, name } = template;
      if (!template.rolls || template.replicas === 0 || !material.isSubject({ kind, namespace, name })) continue;
      const remark = remarkOn(material, template);
      if (remark !== null) yield remark;
    }
  },
} satisfies Rule;

/** How long proxies and nodes may send to a pod that is told to stop: most hear of it within five seconds. */
const WAIT_SECONDS = 10;

function remarkOn(material: Material, template: PodTemplate): Remark | null {
  const { kind, namespace, name, containers, graceSeconds } = template;
  const fronts = (facing(material).get(namespace) ?? []).filter(({ service }) =>
    Object.entries(service.selector).every(([key, value]) => template.labels[key] === value),
  );
  const [front] = fronts;
  const isKilled = graceSeconds === 0;
  if (front === undefined || (containers.some(({ hasPreStop }) => hasPreStop) && !isKilled)) return null;
  const pod = kind === 'Pod' ? ['spec'] : ['spec', 'template', 'spec'];
  const serving = servingContainer(template, front.service);
  const says = isKilled ? 'terminationGracePeriodSeconds: 0 kills it at once' : 'no container has a preStop hook';
  return {
    diagnosis: 'abrupt-shutdown',
    title: `${kind} ${namespace}/${name} is reached by ${front.by} and ends at once when it is told to stop`,
    object: { kind, namespace, name },
    at: { path: isKilled ? [...pod, 'terminationGracePeriodSeconds'] : [...pod, 'containers', serving] },
    about: isKilled ? 'terminationGracePeriodSeconds' : 'preStop',
    evidence: [
      [
        'Who',
        `${says}; ${list([...new Set(fronts.map(({ by, service }) => `${by} through Service ${service.name}`))], 2)}`,
      ],
    ],
    fix: {
      says: isKilled
        ? `Leave terminationGracePeriodSeconds out (30), and let the serving container wait ${WAIT_SECONDS} s in preStop.`
        : `Let the serving container wait until nobody sends any more (the sleep action needs Kubernetes 1.30; before, exec sleep):`,
      manifest: isKilled ? null : `lifecycle:\n  preStop:\n    sleep:\n      seconds: ${WAIT_SECONDS}\n`,
    },
    settles: 'kprobe diagnose during a rollout: resets and refusals by pods that terminate.',
  };
}

interface Front {
  readonly service: Service;
  /** e.g. `Ingress web`. */
  readonly by: string;
}

/** Services that the world outside reaches, by namespace. */
const facing = derived((material: Material): ReadonlyMap<string, readonly Front[]> => {
  const routed = material.cluster.routes.flatMap((route) => {
    const service = serviceOf(material, route);
    return service === null ? [] : [{ service, by: `${route.kind} ${route.name}` }];
  });
  const open = material.cluster.services
    .filter(({ type }) => type === 'LoadBalancer' || type === 'NodePort')
    .map((service) => ({ service, by: service.type === 'NodePort' ? 'a NodePort' : 'a load balancer' }));
  const all = [...routed, ...open].filter(({ service }) => Object.keys(service.selector).length > 0);
  return Map.groupBy(all, ({ service }) => service.namespace);
});

/** The container with the target port, or the first. */
function servingContainer({ containers }: PodTemplate, { ports }: Service): number {
  const found = containers.findIndex((container) =>
    container.ports.some((each) =>
      ports.some(({ targetPort }) => targetPort === each.port || targetPort === each.name),
    ),
  );
  return Math.max(0, found);
}
