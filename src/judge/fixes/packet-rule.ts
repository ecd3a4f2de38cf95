/** What to do about the rule that a traced packet ended at. */
import type { Cluster, NetworkPolicy } from '../../model/cluster.ts';
import type { TraceStep } from '../../model/packet-trace.ts';
import type { Finding } from '../../model/verdict.ts';
import { admitPods, allowEgress } from '../policy/fixes.ts';
import type { Fix } from '../policy/manifest.ts';
import { partyAt } from '../policy/party.ts';
import type { Party } from '../policy/party.ts';
import { evaluateFlow } from '../policy/evaluate.ts';
import { serviceNamed } from '../rules/services.ts';
import { destinationOf } from '../rules/way.ts';
import type { Flow, Ownership } from '../rules/way.ts';

export interface RuleQuestion {
  readonly cluster: Cluster;
  readonly ownership: Ownership;
  readonly steps: readonly TraceStep[];
  readonly flow: Flow;
}

/** null: the rule stopped nothing. */
export function packetRuleFix(question: RuleQuestion): Finding['fix'] {
  const { ownership, flow } = question;
  if (ownership.isStale) return hint(restart(ownership, flow.node));
  switch (ownership.reason) {
    case 'policy':
      return policyFix(question);
    case 'no-endpoints':
      return hint(
        `Give ${serviceOf(ownership)} a ready endpoint: ${selectorOf(question)} must be the labels of pods that are ready.`,
      );
    case 'no-local-endpoints':
      return hint(
        `Bring a ready endpoint of ${serviceOf(ownership)} to ${flow.node}, send its traffic to nodes that have one, or set ${localPolicyOf(question)} to Cluster.`,
      );
    case 'wrong-port':
      return hint(
        `Ask a port that ${serviceOf(ownership)} has${portsOf(question)}, or add ${flow.destinationPort} to it.`,
      );
    case 'no-service':
      return hint(
        `Find who still uses ${flow.destination} (its configuration, a cached lookup) and let it ask by the name of the Service.`,
      );
    case 'source-range':
      return hint(
        `Add ${flow.source}, or the range it is from, to spec.loadBalancerSourceRanges of ${serviceOf(ownership)}.`,
      );
    case 'queue':
      return hint(
        `Look at the log of ${ownership.program} on ${flow.node}: with -v=2 it tells which packets it denied.`,
      );
    case 'unknown-workload':
      return hint(
        `Look at the pod of ${ownership.program} on ${flow.node} (its log, its restarts): it has no rules yet for this workload.`,
      );
    case 'invalid-state':
      return hint(
        `Find why answers take another way than requests (asymmetric routes, a second default gateway): connection tracking on ${flow.node} has not seen the whole connection.`,
      );
    case 'encapsulation':
      return hint(
        'Send tunnels from the host network, or allow them to workloads (allowVXLANPacketsFromWorkloads, allowIPIPPacketsFromWorkloads of FelixConfiguration).',
      );
    case 'reverse-path':
      return hint(
        `Give ${flow.node} a route to ${flow.source} by the interface that it comes in by, or loosen the check there.`,
      );
    case 'loopback-guard':
      return hint('Ask an address of the node or the Service instead of 127.0.0.0/8.');
    case 'firewall':
      return hint(firewallHint(question));
    case 'passes':
      return null;
    default:
      return ownership.reason satisfies never;
  }
}

function hint(says: string): Finding['fix'] {
  return { says, manifest: null };
}

function restart({ program }: Ownership, node: string): string {
  return `Look at the pod of ${program} on ${node} (kubectl get pods -A -o wide --field-selector spec.nodeName=${node}; its log, its restarts) and restart it there: its rules are not those of the API.`;
}

/** How the program is told to admit what it stops. */
function firewallHint({ ownership: { program }, flow }: RuleQuestion): string {
  const { node, destinationPort: port, protocol } = flow;
  switch (program) {
    case 'firewalld':
      return `On ${node}: put the pod network's interfaces and ranges into zone trusted (firewall-cmd --permanent --zone=trusted --add-source=RANGE), or open the port (firewall-cmd --permanent --add-port=${port}/${protocol}), then firewall-cmd --reload.`;
    case 'ufw':
      return `On ${node}: ufw route allow proto ${protocol} to ${flow.destination} port ${port} for what is forwarded, ufw allow ${port}/${protocol} for the node itself; or set DEFAULT_FORWARD_POLICY to ACCEPT in /etc/default/ufw.`;
    case 'docker':
      return `On ${node}: take Docker off the node, or let it leave forwarding alone ("ip-forward-no-drop": true in daemon.json; before Docker 28 "iptables": false).`;
    case 'unknown':
      return `On ${node}: find who writes this rule (nft monitor shows when it is written, the services of the node who may) and let it admit ${protocol} ${port}.`;
    case 'kube-proxy':
    case 'kube-router':
    case 'calico':
    case 'cilium':
    case 'antrea':
    case 'kindnet':
    case 'kube-network-policies':
    case 'flannel':
      return `On ${node}: this rule is no policy. Find who has added it to the chains of ${program}, or which of its settings made it.`;
    default:
      return program satisfies never;
  }
}

/** The policy that admits this very packet beside the one at fault; a sentence where no such object can be made. */
function policyFix(question: RuleQuestion): Finding['fix'] {
  const { object } = question.ownership;
  const policy = policyOf(question);
  const fix = policy === null ? null : admission(question, policy);
  if (fix !== null) return { says: fix.says, manifest: fix.manifest, covers: 'unchecked' };
  if (object === undefined)
    return hint('Add a policy that admits this client, or take the pod out of those that isolate it.');
  const name = `${object.kind} ${object.namespace === undefined ? '' : `${object.namespace}/`}${object.name}`;
  return hint(`Admit ${question.flow.source} in ${name}, or in a policy beside it.`);
}

function policyOf({ cluster, ownership: { object } }: RuleQuestion): NetworkPolicy | null {
  if (object?.kind !== 'NetworkPolicy') return null;
  return (
    cluster.networkPolicies.find((each) => each.namespace === object.namespace && each.name === object.name) ?? null
  );
}

function admission({ cluster, steps, flow }: RuleQuestion, policy: NetworkPolicy): Fix | null {
  const last = steps.at(-1);
  const destination = last === undefined ? null : destinationOf({ steps, last, flow, cluster });
  if (destination === null) return null;
  const from: Party = partyAt(cluster, flow.source);
  const to: Party = partyAt(cluster, destination.address);
  const common = {
    cluster,
    policy,
    port: destination.port,
    protocol: flow.protocol === 'tcp' ? ('TCP' as const) : ('UDP' as const),
  };
  const { direction } = evaluateFlow({ ...common, from, to });
  if (direction === 'egress' && from.kind === 'pod') return allowEgress({ ...common, from, to: [to], host: null });
  if (direction === 'ingress' && from.kind === 'pod' && to.kind === 'pod') return admitPods({ ...common, from, to });
  return null;
}

function serviceOf({ object }: Ownership): string {
  return object === undefined ? 'the Service' : `Service ${object.namespace}/${object.name}`;
}

function selectorOf({ cluster, ownership: { object } }: RuleQuestion): string {
  const service =
    object?.namespace === undefined ? null : serviceNamed(cluster, { namespace: object.namespace, name: object.name });
  const labels = Object.entries(service?.selector ?? {}).map(([key, value]) => `${key}=${value}`);
  return labels.length === 0 ? 'its selector' : `its selector (${labels.join(', ')})`;
}

function portsOf({ cluster, ownership: { object } }: RuleQuestion): string {
  const service =
    object?.namespace === undefined ? null : serviceNamed(cluster, { namespace: object.namespace, name: object.name });
  const ports = service?.ports.map(({ port }) => String(port)) ?? [];
  return ports.length === 0 ? '' : ` (${ports.join(', ')})`;
}

/** Which of the two policies it is: that of the ClusterIP, or that of all other addresses of the Service. */
function localPolicyOf({ cluster, flow, ownership: { object } }: RuleQuestion): string {
  const service =
    object?.namespace === undefined ? null : serviceNamed(cluster, { namespace: object.namespace, name: object.name });
  return service?.clusterIps.includes(flow.destination) === true ? 'internalTrafficPolicy' : 'externalTrafficPolicy';
}
