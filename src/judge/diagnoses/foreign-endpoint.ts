import { list } from '../../model/format.ts';
import { defineDiagnosis } from '../engine/diagnosis.ts';
import type { Evidence } from '../evidence/evidence.ts';
import { workloadsBehind } from '../views/workloads.ts';
import type { WorkloadView } from '../views/workloads.ts';
import { line } from '../words/words.ts';

export default defineDiagnosis({
  id: 'foreign-endpoint',
  class: 'service',
  layer: 'service',
  title: 'The Service selects pods of a second workload',
  why: 'Labels that a chart puts on everything match more than was meant. The other workload listens on the port and answers in its own way, so its share of the answers is wrong, at once and without any failed connect.',
  test: 'The same request goes straight to each endpoint: those of one workload answer it, those of the other answer "not found" or the like, and the Service lists both.',
  remedy: 'Add a label to the selector that only the pods meant carry.',
  limits:
    'Two workloads behind one Service are often meant (a canary, two versions): only answers of another kind for the same request are told, never different bodies.',
  experiments: ['endpoints', 'entries', 'service-address'],
  suspects: (evidence) => {
    const workloads = workloadsBehind(evidence);
    return workloads.length < 2 ? [] : workloads;
  },
  arm: ({ direct }, evidence) => ({
    paths: direct,
    fails: direct.length > 0 && direct.every(({ path }) => evidence.differences.get(path.id)?.isAlways === true),
  }),
  contrasts: (foreign, evidence) => {
    const others = workloadsBehind(evidence).filter((each) => each !== foreign);
    const good = others.filter(
      ({ direct }) => direct.length > 0 && direct.every(({ path }) => !evidence.differences.has(path.id)),
    );
    return [
      {
        label: 'Others',
        holds: others.every(({ direct }) => direct.length === 0) ? null : good.length > 0,
        says: `pods of ${list(good.map(({ name }) => name))} answer the same request as it is meant`,
        attempts: good.flatMap(({ direct }) => direct.flatMap(({ answered }) => answered)).slice(0, 10),
        settles: 'Ask the pods of the other workload directly.',
      },
    ];
  },
  shows:
    () =>
    ({ kind }) =>
      kind === 'different',
  blame: (foreign, evidence) => {
    const { service } = evidence.target;
    const [namespace, name] = [service?.namespace ?? '', service?.name ?? ''];
    const says = foreign.direct.flatMap(({ path }) => evidence.differences.get(path.id)?.says ?? [])[0] ?? '';
    const others = workloadsBehind(evidence).filter((each) => each !== foreign);
    return {
      title: `Service ${namespace}/${name} also selects ${foreign.name}, which answers ${says}`,
      object: { kind: 'Service', namespace, name },
      where: null,
      lines: [
        line(
          'Selector',
          `${selectorOf(evidence)} matches ${list([foreign, ...others].map(({ name: each, pods }) => `${each} (${pods.length})`))}`,
        ),
      ],
      fix: { says: fixFor(foreign, others, { namespace, name }), manifest: null },
    };
  },
});

function selectorOf({ cluster, target: { service } }: Evidence): string {
  const found = cluster.services.find((each) => each.namespace === service?.namespace && each.name === service.name);
  return Object.entries(found?.selector ?? {})
    .map(([key, value]) => `${key}=${value}`)
    .join(',');
}

/** A label that all pods meant carry, and none of the others. */
function fixFor(
  foreign: WorkloadView,
  others: readonly WorkloadView[],
  { namespace, name }: { namespace: string; name: string },
): string {
  const meant = others.flatMap(({ pods }) => pods);
  const [first] = meant;
  const label = Object.entries(first?.labels ?? {}).find(
    ([key, value]) =>
      !key.endsWith('-hash') &&
      meant.every((pod) => pod.labels[key] === value) &&
      foreign.pods.every((pod) => pod.labels[key] !== value),
  );
  if (label === undefined)
    return `Give the pods meant a label of their own and add it to the selector of ${namespace}/${name}.`;
  return `kubectl -n ${namespace} patch service ${name} -p '{"spec":{"selector":{"${label[0]}":"${label[1]}"}}}'`;
}
