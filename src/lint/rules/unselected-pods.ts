import { count, list } from '../../model/format.ts';
import type { NetworkPolicy } from '../../model/cluster.ts';
import { type Group, type Material, policyRef } from '../material.ts';
import { nearestLabels, saySelector } from '../nearest.ts';
import { policiesToJudge } from '../policy-parts.ts';
import type { Remark, Rule } from '../rule.ts';
import { isolatedBy, namespacesOf, selectedIn } from '../selection.ts';

export default {
  name: 'unselected-pods',
  ids: ['policy-selects-nothing'],
  class: 'policy',
  title: 'A NetworkPolicy selects no pod',
  why: 'It isolates nothing and admits nobody: a typo in a label, or the wrong namespace, since a policy applies only in its own. Policies never apply to hostNetwork pods either.',
  looks:
    "The policy's podSelector against the labels of all pods and pod templates of its namespace (a Deployment's own labels do not count).",
  remedy: 'Correct the label, or move the policy into the namespace of the pods it is for.',
  limits:
    'Silent for an empty podSelector, for pods of workloads scaled to 0, and where the pods of the namespace are not known: no workload of it among the files, or operators that make pods.',
  *check(material) {
    for (const policy of policiesToJudge(material)) {
      const remark = remarkOn(material, policy);
      if (remark !== null) yield remark;
    }
  },
  *unlooked(material) {
    const open = policiesToJudge(material).filter((policy) => isOpen(material, policy));
    const spaces = [...new Set(open.map(({ namespace }) => namespace))];
    if (spaces.length === 0) return;
    yield {
      what: `whether ${count(open.length, 'policy').replace(/policys$/u, 'policies')} of ${list(spaces)} select a pod`,
      because: 'not all pods there are known; --with-cluster looks at those that run',
    };
  },
} satisfies Rule;

function isOpen(material: Material, policy: NetworkPolicy): boolean {
  return !material.knowsPods(policy.namespace) && isolatedBy(material, policy).length === 0 && !isEmpty(policy);
}

function isEmpty({ spec: { podSelector } }: NetworkPolicy): boolean {
  const { matchLabels = {}, matchExpressions = [] } = podSelector ?? {};
  return Object.keys(matchLabels).length === 0 && matchExpressions.length === 0;
}

function remarkOn(material: Material, policy: NetworkPolicy): Remark | null {
  const { namespace, name, spec } = policy;
  const selected = selectedIn(material, namespace, spec.podSelector);
  if (isEmpty(policy) || selected.some(({ hostNetwork }) => !hostNetwork)) return null;
  const common = {
    diagnosis: 'policy-selects-nothing',
    object: policyRef(policy),
    at: { path: ['spec', 'podSelector'] },
    about: 'spec.podSelector',
    settles: `kubectl -n ${namespace} get pods -l '${saySelector(spec.podSelector)}' lists what it selects.`,
  };
  if (selected.length > 0) return { ...common, ...onHosts(namespace, name, selected) };
  if (!material.knowsPods(namespace)) return null;
  return { ...common, ...onNobody(material, policy) };
}

function onHosts(namespace: string, name: string, selected: readonly Group[]) {
  const who = list([...new Set(selected.map(({ workload }) => workload))], 3);
  return {
    title: `NetworkPolicy ${namespace}/${name} selects only pods on the host network, to which no policy applies`,
    evidence: [
      ['Who', `${who} of ${namespace} ${selected.length === 1 ? 'runs' : 'run'} with hostNetwork: true`],
    ] as const,
    fix: {
      says: 'Protect them at the node (its firewall, or the policies for hosts of the network plugin), or run them on the pod network.',
      manifest: null,
    },
  };
}

function onNobody(material: Material, { namespace, name, spec }: NetworkPolicy) {
  const selector = saySelector(spec.podSelector);
  const elsewhere = namespacesOf(material).filter(
    (other) =>
      other !== namespace && selectedIn(material, other, spec.podSelector).some(({ hostNetwork }) => !hostNetwork),
  );
  const own = material.groups.filter((group) => group.namespace === namespace);
  const near = nearestLabels(
    spec.podSelector?.matchLabels ?? {},
    own.map(({ labels, workload }) => ({ labels, who: workload })),
  );
  const [space] = elsewhere;
  const title = `NetworkPolicy ${namespace}/${name} selects no pod: ${near === null && space !== undefined ? `its pods are in namespace ${list(elsewhere, 3)}` : selector}`;
  if (near !== null) {
    const labels = Object.entries(near.labels).map(([key, value]) => `${key}=${value}`);
    return {
      title,
      evidence: [['Who', near.says]] as const,
      fix: { says: `Select ${labels.join(',')} if ${near.who} is meant.`, manifest: null },
    };
  }
  if (space !== undefined) {
    return {
      title,
      evidence: [
        [
          'Who',
          `${selector} has pods in ${list(elsewhere, 3)} and none in ${namespace}; a policy applies only in its own namespace`,
        ],
      ] as const,
      fix: { says: `Move it to namespace ${space}.`, manifest: null },
    };
  }
  return {
    title,
    evidence: [
      ['Who', `none of ${count(own.length, 'kind')} of pods of ${namespace} has these labels, and none comes near`],
    ] as const,
    fix: { says: 'Correct the podSelector, or delete the policy: without pods it changes nothing.', manifest: null },
  };
}
