import { list } from '../../model/format.ts';
import type { Service } from '../../model/cluster.ts';
import { groupsBehind } from '../flows.ts';
import type { Group, Material } from '../material.ts';
import type { Remark, Rule } from '../rule.ts';
import { serviceRef, servicesToJudge } from '../services.ts';

export default {
  name: 'foreign-workload',
  ids: ['foreign-endpoint'],
  class: 'service',
  title: 'A Service selects pods of a second workload',
  why: 'Labels that a chart puts on everything match more than was meant: pods of a Job, a worker or another application become endpoints, and their share of the connects is refused or answered wrongly.',
  looks:
    'The workloads behind each selector: two whose usual labels (app, app.kubernetes.io/name and component, k8s-app) name different applications, or a Job beside one that serves.',
  remedy: 'Add a label to the selector that only the pods meant carry.',
  limits: 'Silent for canaries, colours, versions, replicas and the like: the same application, or values that say so.',
  *check(material) {
    for (const service of servicesToJudge(material)) {
      const remark = remarkOn(material, service);
      if (remark !== null) yield remark;
    }
  },
} satisfies Rule;

/** By which one application is told from another (kubernetes.io, "Recommended Labels", and older habits). */
const IDENTITIES = ['app.kubernetes.io/name', 'app.kubernetes.io/component', 'app', 'k8s-app', 'component', 'name'];
/** Parts of one application that stand behind one Service on purpose. */
const SHARED =
  /(?:^|[-_.])(?:primary|secondary|master|slave|replicas?|read|write|reader|writer|leader|follower|node|server|data|hot|warm|cold|canary|stable|baseline|preview|active|blue|green|v?\d[\w.]*)(?:$|[-_.])/u;

function remarkOn(material: Material, service: Service): Remark | null {
  const groups = groupsBehind(material, service);
  const serving = groups.filter(({ passing }) => !passing);
  const job = groups.find(({ passing }) => passing);
  const [first] = serving;
  if (first === undefined) return null;
  const told = serving.flatMap((other) => distinctionOf(first, other) ?? [])[0];
  if (told !== undefined) return remark(service, told.first, told.other, told.key);
  return job === undefined ? null : remark(service, first, job, null);
}

interface Distinction {
  readonly key: string;
  readonly first: Group;
  readonly other: Group;
}

function distinctionOf(first: Group, other: Group): Distinction | null {
  const key = IDENTITIES.find(
    (each) =>
      first.labels[each] !== undefined && other.labels[each] !== undefined && first.labels[each] !== other.labels[each],
  );
  if (key === undefined || first.workload === other.workload) return null;
  const [a = '', b = ''] = [first.labels[key], other.labels[key]];
  return SHARED.test(a) || SHARED.test(b) || a.startsWith(`${b}-`) || b.startsWith(`${a}-`)
    ? null
    : { key, first, other };
}

function remark(service: Service, first: Group, other: Group, key: string | null): Remark {
  const { namespace, name, selector, ports } = service;
  const selected = Object.entries(selector).map(([label, value]) => `${label}=${value}`);
  const serves = [first, other].filter((group) =>
    ports.some(({ targetPort }) => group.ports.some((each) => each.port === targetPort || each.name === targetPort)),
  );
  const whose =
    key === null
      ? `${other.workload} ends by itself`
      : `${first.workload} has ${key}=${first.labels[key]}, ${other.workload} has ${key}=${other.labels[key]}`;
  const says = serves.length === 1 ? `; only ${serves[0]?.workload} has the target port` : '';
  const [meant] = serves.length === 1 ? serves : [first];
  const label =
    key === null ? distinguishing(meant ?? first, meant === other ? first : other) : `${key}: ${meant?.labels[key]}`;
  return {
    diagnosis: 'foreign-endpoint',
    title: `Service ${namespace}/${name} selects two workloads: ${list([first.workload, other.workload])}`,
    object: serviceRef(service),
    at: { path: ['spec', 'selector'] },
    about: `${first.workload} and ${other.workload}`,
    evidence: [['Who', `${selected.join(',')} matches both: ${whose}${says}`]],
    fix: {
      says:
        label === null
          ? 'Give one of them a label that the other lacks, and select by it.'
          : `Add to the selector: ${label}.`,
      manifest: null,
    },
    settles: 'kprobe diagnose asks each endpoint the same and compares the answers.',
  };
}

/** A label that the one has and the other does not. */
function distinguishing(meant: Group, other: Group): string | null {
  const found = Object.entries(meant.labels).find(([key, value]) => other.labels[key] !== value);
  return found === undefined ? null : found.join(': ');
}
