import { list } from '../../model/format.ts';
import type { Route } from '../../model/cluster.ts';
import { nearestNames } from '../../model/nearest.ts';
import type { Material } from '../material.ts';
import type { Remark, Rule } from '../rule.ts';

export default {
  name: 'unserved-class',
  ids: ['missing-ingress-controller'],
  class: 'ingress',
  title: 'Nobody serves the class of an Ingress',
  why: 'An Ingress is only a wish: where no controller serves its class, no proxy knows the host, and requests end in 404 or have nowhere to go.',
  looks:
    'The class that each Ingress names (or the default class) against the IngressClasses that exist and the pods that serve them.',
  remedy: 'Name a class that exists, or install the controller.',
  limits:
    'Needs a cluster: files alone do not tell which controllers run. Silent for classes of load balancers outside of the cluster.',
  *check(material) {
    if (!material.knowsClasses) return;
    const told = new Set<string>();
    for (const route of material.cluster.routes) {
      const { kind, namespace, name } = route;
      if (kind !== 'Ingress' || told.has(`${namespace}/${name}`) || !material.isSubject({ kind, namespace, name }))
        continue;
      told.add(`${namespace}/${name}`);
      const remark = remarkOn(material, route);
      if (remark !== null) yield remark;
    }
  },
} satisfies Rule;

function remarkOn({ cluster }: Material, { namespace, name, className }: Route): Remark | null {
  const classes = cluster.ingressClasses.map((each) => each.name);
  const common = {
    diagnosis: 'missing-ingress-controller',
    object: { kind: 'Ingress', namespace, name },
    at: { path: ['spec', 'ingressClassName'] },
    about: className ?? 'no class',
    settles: 'kprobe diagnose of the host: no entry knows it.',
  };
  if (className === null) {
    return {
      ...common,
      title: `Ingress ${namespace}/${name} names no class, and no class is the default`,
      at: { path: ['spec'] },
      evidence: [['Who', classes.length === 0 ? 'there is no IngressClass' : `classes are ${list(classes)}`]],
      fix: {
        says: classes.length === 0 ? 'Install an ingress controller.' : `Write ingressClassName: ${classes[0]}.`,
        manifest: null,
      },
    };
  }
  const controller = cluster.controllers.find((each) => each.className === className);
  if (controller === undefined || controller.pods.length > 0) return null;
  const [near] = classes.includes(className) ? [] : nearestNames(className, classes);
  const says = classes.includes(className)
    ? controller.foundBy
    : `there is no IngressClass ${className}; ${classes.length === 0 ? 'there is none at all' : `there are ${list(classes)}`}`;
  return {
    ...common,
    title: `Ingress ${namespace}/${name} is of class ${className}, which nobody serves`,
    evidence: [['Who', says]],
    fix: {
      says:
        near === undefined
          ? 'Install the controller of this class, or name another class.'
          : `Write ingressClassName: ${near}.`,
      manifest: null,
    },
  };
}
