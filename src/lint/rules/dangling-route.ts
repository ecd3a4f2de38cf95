import { list } from '../../model/format.ts';
import type { Route } from '../../model/cluster.ts';
import { nearestNames } from '../../model/nearest.ts';
import { groupsBehind, portOfRoute, serviceOf, targetOf } from '../flows.ts';
import type { Material } from '../material.ts';
import type { Remark, Rule } from '../rule.ts';

export default {
  name: 'dangling-route',
  ids: ['wrong-backend-port'],
  class: 'ingress',
  title: 'An Ingress leads to a Service or port that does not exist',
  why: 'The proxy has nowhere to send these requests: it answers 503 or 404 for this path, while other paths of the same host work.',
  looks:
    'Every backend of every Ingress and HTTPRoute against the Services of its namespace and their ports, by number or name.',
  remedy:
    "Name a Service of the Ingress's own namespace, and one of its ports: the Service's port, not the container's.",
  limits: 'Silent where the Services of the namespace are not known: none of it among the files.',
  *check(material) {
    const told = new Set<string>();
    for (const route of material.cluster.routes) {
      const { kind, namespace, name } = route;
      const remark = material.isSubject({ kind, namespace, name }) ? remarkOn(material, route) : null;
      const key = `${kind} ${namespace}/${name} ${remark?.about}`;
      if (remark === null || told.has(key)) continue;
      told.add(key);
      yield remark;
    }
  },
} satisfies Rule;

function remarkOn(material: Material, route: Route): Remark | null {
  if (route.leadsTo !== undefined) return null;
  const { kind, namespace, name, service: wanted, serviceNamespace, port } = route;
  const common = {
    diagnosis: 'wrong-backend-port',
    object: { kind, namespace, name },
    about: `${wanted}:${port}`,
    settles: `kprobe diagnose ${route.host ?? 'HOST'}${route.path === '/' ? '' : ' with its path'} shows what the proxy answers.`,
  };
  const which = `${kind} ${namespace}/${name}`;
  const path = `${route.host ?? 'any host'}${route.path}`;
  const service = serviceOf(material, route);
  if (service === null) {
    if (!material.knowsServices(serviceNamespace)) return null;
    const names = material.cluster.services
      .filter((each) => each.namespace === serviceNamespace)
      .map((each) => each.name);
    const near = nearestNames(wanted, names);
    const elsewhere = material.cluster.services.filter((each) => each.name === wanted).map((each) => each.namespace);
    const says =
      elsewhere.length > 0
        ? `there is one of that name in ${list(elsewhere, 3)}`
        : `${serviceNamespace} has ${names.length === 0 ? 'no Service' : list(names)}`;
    return {
      ...common,
      title: `${which} leads to Service ${wanted}, which does not exist in ${serviceNamespace}`,
      at: { path: ['spec'], value: wanted },
      evidence: [['Who', `${path} → ${wanted}:${port}; ${says}`]],
      fix: {
        says:
          near[0] === undefined
            ? 'Name a Service of that namespace, or add it.'
            : `Write ${near[0]}, if that is meant.`,
        manifest: null,
      },
    };
  }
  if (service.type === 'ExternalName' || portOfRoute(service, route) !== null) return null;
  const known = service.ports.map((each) => (each.name === null ? `${each.port}` : `${each.port} (${each.name})`));
  const behind = groupsBehind(material, service);
  const target = service.ports.find(
    (each) => each.targetPort === port || behind.some((group) => targetOf(each, group) === port),
  );
  const [near] =
    typeof port === 'string'
      ? nearestNames(
          port,
          service.ports.flatMap((each) => each.name ?? []),
        )
      : [];
  const meant = target?.port ?? near ?? (service.ports.length === 1 ? service.ports[0]?.port : undefined);
  return {
    ...common,
    title: `${which} leads to port ${port} of Service ${wanted}, which has no such port`,
    at: { path: ['spec'], value: port },
    evidence: [
      [
        'Who',
        `${path} → ${wanted}:${port}; the Service has ${known.length === 0 ? 'no port' : list(known)}${target === undefined ? '' : `, and ${port} is the container's`}`,
      ],
    ],
    fix: { says: meant === undefined ? 'Name a port of the Service.' : `Write ${meant}.`, manifest: null },
  };
}
