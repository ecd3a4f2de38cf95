import { list } from '../../model/format.ts';
import type { Service, ServicePort } from '../../model/cluster.ts';
import { nearestNames } from '../../model/nearest.ts';
import { groupsBehind } from '../flows.ts';
import type { Group } from '../material.ts';
import type { Remark, Rule } from '../rule.ts';
import { serviceRef, servicesToJudge } from '../services.ts';

export default {
  name: 'undeclared-target',
  ids: ['wrong-backend-port'],
  class: 'ingress',
  title: 'A targetPort is no port of the pods',
  why: 'A name that no container has makes no endpoint at all: connects are rejected. A number at which nothing listens is refused by the pod, and an ingress answers 502.',
  looks:
    'Each targetPort of a Service against the containerPorts of the pods that it selects, by name and protocol, or by number.',
  remedy: 'Write the port at which the container listens.',
  limits:
    'A containerPort is a declaration only: a process may listen at a port that none names. So a number counts only where every selected pod declares ports, and not this one.',
  *check(material) {
    for (const service of servicesToJudge(material)) {
      const groups = groupsBehind(material, service).filter(({ passing }) => !passing);
      if (groups.length === 0) continue;
      for (const [index, port] of service.ports.entries()) {
        const says = problemOf(port, groups);
        if (says !== null) yield remark(service, { port, index, groups }, says);
      }
    }
  },
} satisfies Rule;

function problemOf({ targetPort, protocol }: ServicePort, groups: readonly Group[]): string | null {
  const ports = groups.flatMap((group) => group.ports);
  if (typeof targetPort === 'number') {
    const isDeclared =
      groups.some((group) => group.ports.length === 0) || ports.some(({ port }) => port === targetPort);
    return isDeclared ? null : `no container declares ${targetPort}`;
  }
  if (ports.some((each) => each.name === targetPort && each.protocol === protocol)) return null;
  const other = ports.find((each) => each.name === targetPort);
  return other === undefined
    ? `no container port is named ${targetPort}`
    : `${targetPort} is a ${other.protocol} port, and the Service's is ${protocol}`;
}

interface Place {
  readonly port: ServicePort;
  readonly index: number;
  readonly groups: readonly Group[];
}

function remark(service: Service, { port, index, groups }: Place, says: string): Remark {
  const { namespace, name } = service;
  const known = groups.flatMap((group) =>
    group.ports.map((each) => (each.name === null ? `${each.port}` : `${each.name} (${each.port})`)),
  );
  const who = list([...new Set(groups.map(({ workload }) => workload))], 3);
  const names = groups.flatMap((group) => group.ports.flatMap((each) => each.name ?? []));
  const [near] = typeof port.targetPort === 'string' ? nearestNames(port.targetPort, names) : [];
  const only = new Set(groups.flatMap((group) => group.ports.map((each) => each.port)));
  const meant = near ?? (only.size === 1 ? [...only][0] : undefined);
  return {
    diagnosis: 'wrong-backend-port',
    title: `Service ${namespace}/${name} sends port ${port.port} to ${port.targetPort}, and ${says}`,
    object: serviceRef(service),
    at: { path: ['spec', 'ports', index, 'targetPort'] },
    about: `port ${port.port}`,
    evidence: [['Who', `${who} has ${known.length === 0 ? 'no ports' : list([...new Set(known)])}`]],
    fix: {
      says: meant === undefined ? 'Write the port at which the container listens.' : `Write targetPort: ${meant}.`,
      manifest: null,
    },
    settles: `kprobe diagnose svc/${name} -n ${namespace} connects to each endpoint.`,
  };
}
