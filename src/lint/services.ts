/** Services that are to be judged. */
import type { Service } from '../model/cluster.ts';
import type { Material, ObjectRef } from './material.ts';

export function serviceRef({ namespace, name }: Pick<Service, 'namespace' | 'name'>): ObjectRef {
  return { kind: 'Service', namespace, name };
}

export function servicesToJudge({ cluster, isSubject }: Material): readonly Service[] {
  return cluster.services.filter((service) => isSubject(serviceRef(service)));
}
