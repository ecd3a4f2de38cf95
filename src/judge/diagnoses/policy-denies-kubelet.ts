import { list } from '../../model/format.ts';
import type { Pod } from '../../model/cluster.ts';
import { defineDiagnosis } from '../engine/diagnosis.ts';
import type { Evidence, PathEvidence } from '../evidence/evidence.ts';
import { isWorking } from '../evidence/state.ts';
import { engineOf } from '../policy/engines.ts';
import { isolates, typesOf } from '../policy/policy-answer.ts';
import { partyOf } from '../policy/party.ts';
import { isKeptAway, ownNodePaths } from '../views/own-node.ts';
import { behaviour, ends, line } from '../words/words.ts';

/** A pod that is not Ready, that policies isolate, and that its own node's network does not reach. */
interface Unready {
  readonly pod: Pod;
  readonly paths: readonly PathEvidence[];
}

export default defineDiagnosis({
  id: 'policy-denies-kubelet',
  class: 'policy',
  layer: 'policy',
  title: "A pod's own node is kept from it, and with it the kubelet's probes",
  why: 'Mostly folklore: a node always reaches its own pods, whatever their policies say (contract of networking/v1), so a default deny breaks no probe on Calico, Canal, kube-router, k3s, Cilium, Antrea, AWS and kindnet as they are installed. Where an option or a bug breaks that (Cilium with allow-localhost=policy or a host firewall, kube-router 2.6.1, k3s with IPv6 first, the AWS agent in strict mode), every readiness probe times out, no pod becomes Ready, and the Service has no endpoint.',
  test: "From the host network of the pod's own node: the pod's port is dropped, and a control on the same node answers. That it is the policy, and not what the pod itself filters, an Unhealthy event that says timeout and a moment without the policy settle.",
  remedy:
    "Upgrade the network plugin or undo the option. Until then admit the node's own addresses on the probe's port, never 0.0.0.0/0. In Istio ambient admit 169.254.7.127/32.",
  limits:
    'Silent where the pod refuses (its process does not listen: that is the usual cause), where a ready endpoint is left, and under kube-network-policies and kindnet, which let only root pass: the kubelet is root, kprobe is not. Never proven: the probe itself is not seen.',
  experiments: ['unready-endpoints'],
  suspects: (evidence) => unreadyPods(evidence),
  arm: ({ paths }, evidence) => ({ paths, fails: isJudgedLikeKubelet(evidence) && paths.every(isKeptAway) }),
  contrasts: ({ pod, paths }, evidence) => {
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
        settles: `kubectl -n ${pod.namespace} describe pod ${pod.name}: "connection refused" in its Unhealthy events clears the policy, a timeout fits it; a moment without the policy proves it.`,
      },
    ];
  },
  blame: ({ pod, paths }, evidence) => {
    const policy = isolatingPolicies(evidence, pod)[0];
    const { enforcer } = evidence.cluster.networking;
    const isAgainstContract = engineOf(evidence.cluster.networking).ownNode === 'exempt';
    return {
      title: `${pod.node} does not reach its own pod ${pod.namespace}/${pod.name}, which ${policy === undefined ? 'policies' : `${policy.namespace}/${policy.name}`} isolates: the kubelet's probes may fail by it`,
      object: policy === undefined ? null : { kind: 'NetworkPolicy', namespace: policy.namespace, name: policy.name },
      where: { from: pod.node ?? '?', to: pod.name },
      lines: [
        line(
          'Who',
          isAgainstContract
            ? `${enforcer} lets a node always reach its own pods: that this one does not is a fault of ${enforcer} or of an option, not of the policy`
            : `whether ${enforcer} lets a node always reach its own pods is not certain`,
        ),
        ...(pod.because === null ? [] : [line('Not ready', pod.because)]),
      ],
      fix: {
        says: `Look at the version and options of ${enforcer} first. As a stopgap admit the addresses of ${list(addressesOf(evidence, pod))} (${pod.node}) on ${list(paths.map(portOf))}.`,
        manifest: null,
      },
    };
  },
});

function unreadyPods(evidence: Evidence): Unready[] {
  const probed = ownNodePaths(evidence);
  return evidence.cluster.pods.flatMap((pod) => {
    const paths = probed.filter(({ path: { to } }) => to.kind === 'backend' && isNamed(pod, to.pod));
    return paths.length === 0 || isolatingPolicies(evidence, pod).length === 0 ? [] : [{ pod, paths }];
  });
}

function isNamed(pod: Pod, name: { readonly namespace: string; readonly name: string } | null): boolean {
  return pod.namespace === name?.namespace && pod.name === name.name;
}

function isolatingPolicies({ cluster }: Evidence, pod: Pod) {
  const party = partyOf(pod);
  if (party.kind !== 'pod') return [];
  return cluster.networkPolicies.filter(
    (policy) =>
      policy.namespace === pod.namespace && typesOf(policy).includes('ingress') && isolates(policy, party).is === 'yes',
  );
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
