import { list } from '../../model/format.ts';
import type { NetworkPolicy, Pod } from '../../model/cluster.ts';
import { defineDiagnosis } from '../engine/diagnosis.ts';
import type { Evidence, PathEvidence } from '../evidence/evidence.ts';
import { isWorking } from '../evidence/state.ts';
import { engineOf } from '../policy/engines.ts';
import { isolates, typesOf } from '../policy/policy-answer.ts';
import { partyOf } from '../policy/party.ts';
import { isKeptAway, ownNodePaths } from '../views/own-node.ts';
import { behaviour, ends, line } from '../words/words.ts';

/** Pods that are not Ready and that one policy isolates, as the networks of their own nodes reach them. */
interface Unready {
  readonly policy: NetworkPolicy;
  readonly pods: readonly Pod[];
  readonly paths: readonly PathEvidence[];
}

export default defineDiagnosis({
  id: 'policy-denies-kubelet',
  class: 'policy',
  layer: 'policy',
  title: "A pod's own node is kept from it, and with it the kubelet's probes",
  why: 'Mostly folklore: a node always reaches its own pods, whatever their policies say (contract of networking/v1), so a default deny breaks no probe on Calico, Canal, kube-router, k3s, Cilium, Antrea, AWS and kindnet as they are installed. Where an option or a bug breaks that (Cilium with allow-localhost=policy or a host firewall, kube-router 2.6.1, k3s with IPv6 first, the AWS agent in strict mode), every readiness probe times out, no pod becomes Ready, and the Service has no endpoint.',
  test: "From the host network of the pod's own node: the pod's port is dropped, and a control on the same node answers. An Unhealthy event that says timeout, and a moment without the policy, settle that it is the policy and not a filter in the pod.",
  remedy:
    "Upgrade the network plugin or undo the option. Until then admit the node's own addresses on the probe's port, never 0.0.0.0/0. In Istio ambient admit 169.254.7.127/32.",
  limits:
    'Silent where the pod refuses (its process does not listen: that is the usual cause), where a ready endpoint is left, and under kube-network-policies and kindnet, which let only root pass: the kubelet is root, kprobe is not. Never proven: the probe itself is not seen.',
  experiments: ['unready-endpoints'],
  suspects: (evidence) => unreadyPods(evidence),
  arm: ({ paths }, evidence) => ({ paths, fails: isJudgedLikeKubelet(evidence) && paths.every(isKeptAway) }),
  contrasts: ({ pods: [pod], paths }, evidence) => {
    const beside = controlBeside(evidence, paths);
    return [
      {
        label: 'Control',
        holds: beside === null ? null : isWorking(beside),
        says: beside === null ? '' : `the same host network, ${ends(beside)}: ${behaviour(beside)}`,
        attempts: beside?.answered ?? [],
        settles: "Connect from the node's own network to a probe pod beside it.",
      },
      {
        label: 'Events',
        holds: null,
        says: '',
        attempts: [],
        settles: `kubectl -n ${pod?.namespace} describe pod ${pod?.name}: "connection refused" in its Unhealthy events clears the policy, a timeout fits it; a moment without the policy proves it.`,
      },
    ];
  },
  blame: ({ policy, pods, paths }, evidence) => {
    const { enforcer } = evidence.cluster.networking;
    const isAgainstContract = engineOf(evidence.cluster.networking).ownNode === 'exempt';
    const nodes = list([...new Set(pods.map(({ node }) => node ?? '?'))].toSorted());
    const names = list(pods.map(({ name }) => name).toSorted());
    return {
      title: `${nodes} ${pods.length > 1 ? 'do not reach their' : 'does not reach its'} own ${names}, which ${policy.namespace}/${policy.name} isolates: the kubelet's probes may fail by it`,
      object: { kind: 'NetworkPolicy', namespace: policy.namespace, name: policy.name },
      where: { from: nodes, to: names },
      lines: [
        line(
          'Who',
          isAgainstContract
            ? `${enforcer} lets a node always reach its own pods: that this one does not is a fault of ${enforcer} or of an option, not of the policy`
            : `whether ${enforcer} lets a node always reach its own pods is not certain`,
        ),
        ...pods.flatMap(({ because }) => (because === null ? [] : [line('Not ready', because)])).slice(0, 1),
      ],
      fix: {
        says: `Look at the version and options of ${enforcer} first. As a stopgap admit the addresses of ${nodes} (${list(pods.flatMap((pod) => addressesOf(evidence, pod)))}) on ${list([...new Set(paths.map(portOf))])}.`,
        manifest: null,
      },
    };
  },
});

/** By the first policy that isolates them: together they are one suspect. */
function unreadyPods(evidence: Evidence): Unready[] {
  const probed = ownNodePaths(evidence);
  const all = evidence.cluster.pods.flatMap((pod) => {
    const paths = probed.filter(({ path: { to } }) => to.kind === 'backend' && isNamed(pod, to.pod));
    const policy = isolatingPolicy(evidence, pod);
    return paths.length === 0 || policy === undefined ? [] : [{ policy, pod, paths }];
  });
  return [...Map.groupBy(all, ({ policy }) => policy)].map(([policy, each]) => ({
    policy,
    pods: each.map(({ pod }) => pod),
    paths: each.flatMap(({ paths }) => paths),
  }));
}

function isNamed(pod: Pod, name: { readonly namespace: string; readonly name: string } | null): boolean {
  return pod.namespace === name?.namespace && pod.name === name.name;
}

function isolatingPolicy({ cluster }: Evidence, pod: Pod): NetworkPolicy | undefined {
  const party = partyOf(pod);
  if (party.kind !== 'pod') return undefined;
  return cluster.networkPolicies
    .filter(
      (policy) =>
        policy.namespace === pod.namespace &&
        typesOf(policy).includes('ingress') &&
        isolates(policy, party).is === 'yes',
    )
    .toSorted((a, b) => a.name.localeCompare(b.name))[0];
}

/** Where an engine lets root alone pass, what happens to kprobe says nothing of a kubelet. */
function isJudgedLikeKubelet({ cluster }: Evidence): boolean {
  return engineOf(cluster.networking).ownNode !== 'root-exempt';
}

function controlBeside(evidence: Evidence, paths: readonly PathEvidence[]): PathEvidence | null {
  return (
    evidence.paths.find(
      (other) =>
        other.to?.kind === 'control' &&
        other.state !== 'unmeasured' &&
        paths.some(({ from }) => from.id === other.from.id && from.node === other.to?.node),
    ) ?? null
  );
}

function addressesOf({ cluster }: Evidence, { node }: Pod): readonly string[] {
  return cluster.nodes.find(({ name }) => name === node)?.addresses ?? [];
}

function portOf({ path: { to } }: PathEvidence): string {
  return 'port' in to ? `TCP ${to.port}` : '?';
}
