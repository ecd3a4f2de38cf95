import type { NetworkPolicy } from '../../model/cluster.ts';
import { admitPods } from '../../judge/policy/fixes.ts';
import { type Flow, isMeant, routeFlows, verdictsOf } from '../flows.ts';
import { type Material, type ObjectRef, partyOfGroup, policyRef } from '../material.ts';
import { nodeFix } from '../node-fix.ts';
import type { Remark, Rule } from '../rule.ts';

export default {
  name: 'closed-route',
  ids: ['policy-denies-ingress'],
  class: 'policy',
  title: 'NetworkPolicies do not admit the ingress that an Ingress sends its requests through',
  why: 'A pod that any policy selects for ingress takes only what some policy allows. The proxies of the class are clients like any other, in a namespace of their own: their connects run into the connect timeout, and requests end in 504.',
  looks:
    'Every Ingress and HTTPRoute: from the pods that serve its class to the pods and container port behind its Service, as the policies of that namespace read together.',
  remedy: 'Admit the namespace and labels of the proxies on the container port.',
  limits:
    'Silent where the proxies are not known (files alone without the controller), stand outside of the cluster, or where policies of other kinds exist.',
  *check(material) {
    const told = new Set<string>();
    for (const flow of routeFlows(material)) {
      const remark = remarkOn(material, flow);
      if (remark === null || told.has(remark.about + remark.object.name)) continue;
      told.add(remark.about + remark.object.name);
      yield remark;
    }
  },
} satisfies Rule;

function remarkOn(material: Material, flow: Flow): Remark | null {
  const { client, group, port, service, route } = flow;
  if (client.hostNetwork && material.cluster.nodes.length === 1) return null;
  const verdict = verdictsOf(material, flow).find((each) => each.verdict.verdict === 'deny')?.verdict;
  if (verdict === undefined) return null;
  const policies = material
    .policiesOf(group.namespace)
    .filter(({ name }) => verdict.policies.some((each) => each.name === name));
  const [policy] = policies;
  // What is meant and not seen is another rule's to say.
  if (policy === undefined || (client.hostNetwork && policies.some((each) => isMeant(material, each, flow))))
    return null;
  const object = objectOf(material, policies, flow);
  if (object === null) return null;
  const question = { cluster: material.cluster, policy, port, protocol: 'TCP' as const, to: partyOfGroup(group) };
  const fix = client.hostNetwork
    ? nodeFix({ ...question, nodes: client.nodes })
    : admitPods({ ...question, from: client });
  return {
    diagnosis: 'policy-denies-ingress',
    title: `NetworkPolicy ${policy.namespace}/${policy.name} does not admit ${client.who} to ${service.name}`,
    object,
    at: { path: object.kind === 'NetworkPolicy' ? ['spec', 'ingress'] : ['spec'] },
    about: `${client.namespace} to ${group.workload}`,
    where: { from: client.who, to: `${group.namespace}/${group.workload}` },
    evidence: [
      ['Who', `${route.kind} ${route.namespace}/${route.name} leads to Service ${service.name}; ${verdict.because}`],
    ],
    fix: { says: fix.says, manifest: fix.manifest },
    settles: `kprobe diagnose ${route.host ?? `svc/${service.name} -n ${service.namespace}`} asks with the identity of the ingress.`,
  };
}

function objectOf({ isSubject }: Material, policies: readonly NetworkPolicy[], { route }: Flow): ObjectRef | null {
  const policy = policies.map(policyRef).find(isSubject);
  const { kind, namespace, name } = route;
  const own = { kind, namespace, name };
  return policy ?? (isSubject(own) ? own : null);
}
