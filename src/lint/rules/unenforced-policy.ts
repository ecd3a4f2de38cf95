import { isEnforced } from '../../judge/policy/engines.ts';
import { policyRef } from '../material.ts';
import { policiesToJudge } from '../policy-parts.ts';
import type { Rule } from '../rule.ts';

export default {
  name: 'unenforced-policy',
  ids: ['policy-not-enforced'],
  class: 'policy',
  title: 'Nobody enforces NetworkPolicies here',
  why: 'The API server accepts policies whether or not a network plugin enforces them. Without one, everything is allowed.',
  looks: 'The DaemonSets and settings of network plugins, as far as a cluster is given.',
  remedy:
    'Install an enforcer (for flannel: kube-network-policies, or Calico as Canal), or switch on that of the plugin.',
  limits: 'Silent where the enforcer is not known for certain. One remark for all policies.',
  *check(material) {
    const { cluster, isWhole } = material;
    const [first] = policiesToJudge(material);
    if (!isWhole || first === undefined || isEnforced(cluster.networking) !== 'no') return;
    yield {
      diagnosis: 'policy-not-enforced',
      title: `Nobody enforces NetworkPolicies in this cluster: ${first.namespace}/${first.name} and all others have no effect`,
      object: policyRef(first),
      at: { path: [] },
      about: 'cluster',
      evidence: [['Who', cluster.networking.because]],
      fix: { says: 'Install an enforcer, or switch on that of the network plugin.', manifest: null },
      settles: 'kprobe diagnose with --from a client that a policy denies: it gets through.',
    };
  },
} satisfies Rule;
