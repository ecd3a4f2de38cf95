import type { Service } from '../../model/cluster.ts';
import { isUnread } from '../../model/unread.ts';
import { count, list } from '../../model/format.ts';
import { reasonEmpty } from '../../judge/views/selector.ts';
import { groupsBehind } from '../flows.ts';
import type { Material } from '../material.ts';
import { nearestLabels } from '../nearest.ts';
import type { Remark, Rule, Unlooked } from '../rule.ts';
import { namespacesOf, selectedIn } from '../selection.ts';
import { servicesToJudge, serviceRef } from '../services.ts';
import { endpointsOf } from '../../model/service-slices.ts';

export default {
  name: 'empty-selection',
  ids: ['empty-service'],
  class: 'service',
  title: 'A Service selects no pod',
  why: 'Without endpoints kube-proxy rejects every connect at once, and an ingress answers 503: a typo in the selector, or labels of the Deployment instead of those of its pod template.',
  looks: "The Service's selector against the labels of all pods and pod templates of its namespace.",
  remedy: "Make the selector match the pods' labels.",
  limits:
    'Silent for workloads scaled to 0, for ExternalName, and where the pods of the namespace are not known. Pods that exist and are not Ready are for diagnose.',
  *check(material) {
    for (const service of servicesToJudge(material)) {
      const remark = remarkOn(material, service);
      if (remark !== null) yield remark;
    }
  },
  *unlooked(material): Iterable<Unlooked> {
    const open = servicesToJudge(material).filter(
      (each) =>
        !material.knowsPods(each.namespace) &&
        Object.keys(each.selector).length > 0 &&
        groupsBehind(material, each).length === 0,
    );
    if (open.length === 0) return;
    yield {
      what: `whether ${count(open.length, 'Service')} of ${list([...new Set(open.map(({ namespace }) => namespace))])} select a pod`,
      because: 'not all pods there are known; --with-cluster looks at those that run',
    };
  },
} satisfies Rule;

function remarkOn(material: Material, service: Service): Remark | null {
  const { namespace, name, selector, type } = service;
  if (type === 'ExternalName' || groupsBehind(material, service).length > 0) return null;
  const common = {
    diagnosis: 'empty-service',
    object: serviceRef(service),
    about: 'spec.selector',
    settles: 'kprobe diagnose svc/NAME: a refusal at the ClusterIP settles it.',
  };
  if (Object.keys(selector).length === 0) {
    if (!hasNoEndpoints(material, service)) return null;
    const { says, detail, fix } = reasonEmpty(material.cluster, service);
    return {
      ...common,
      title: `Service ${namespace}/${name} has no endpoint: ${says}`,
      at: { path: ['spec'] },
      evidence: [['Who', detail]],
      fix,
    };
  }
  if (!material.knowsPods(namespace)) return null;
  const own = material.groups.filter((group) => group.namespace === namespace);
  const near = nearestLabels(
    selector,
    own.map(({ labels, workload }) => ({ labels, who: workload })),
  );
  const elsewhere = namespacesOf(material).filter(
    (other) => other !== namespace && selectedIn(material, other, { matchLabels: selector }).length > 0,
  );
  const wanted = Object.entries(selector).map(([key, value]) => `${key}=${value}`);
  const title = `Service ${namespace}/${name} selects no pod: ${wanted.join(',')}`;
  const at = { path: ['spec', 'selector'] };
  if (near !== null) {
    const labels = Object.entries(near.labels).map(([key, value]) => `${key}: ${value}`);
    return {
      ...common,
      title,
      at,
      evidence: [['Who', near.says]],
      fix: { says: `Select ${labels.join(', ')} if ${near.who} is meant.`, manifest: null },
    };
  }
  const says =
    elsewhere.length > 0
      ? `${wanted.join(',')} has pods in ${list(elsewhere, 3)}; a Service selects in its own namespace only`
      : `no pod of ${namespace} has these labels, and none comes near`;
  const fix =
    elsewhere.length > 0 ? `Move it to namespace ${elsewhere[0]}.` : 'Correct the selector, or add the workload.';
  return { ...common, title, at, evidence: [['Who', says]], fix: { says: fix, manifest: null } };
}

/** Its slices would have been listed. */
function hasNoEndpoints({ cluster, isWhole }: Material, service: Service): boolean {
  if (!isWhole || isUnread(cluster, 'endpointslices')) return false;
  return endpointsOf(cluster, service).length === 0;
}
