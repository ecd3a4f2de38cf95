/**
 * Every right that kprobe asks of a cluster, and why: the one table that the ClusterRole, the Roles, the page of rights and
 * the doctor's checks are made of. A test records what a run asks for and holds this table against it.
 */
import type { Resource } from '../api/cluster-client.ts';
import { DNS_CONFIG_MAPS } from '../discover/dns-domain.ts';
import { OTHER_POLICIES, TELLING_CONFIG_MAPS } from '../discover/networking.ts';
import { POLICY_KINDS } from '../discover/proxy-policies.ts';
import { CONFIG_KEYS } from '../discover/proxy-timers.ts';
import { RESOURCES } from '../api/resources.ts';
import { TRACER } from './host-pod-policy.ts';

export interface Right {
  /** Empty for the core group. */
  readonly group: string;
  /** Plural, with its subresource: `pods/log`. */
  readonly resource: string;
  readonly verbs: readonly string[];
  /** Only objects of these names; absent: of any. */
  readonly names?: readonly string[];
  /** What kprobe does with it. */
  readonly why: string;
  /** What a run is like without it. */
  readonly without: string;
}

/** ConfigMaps that hold settings of the network, of DNS and of ingress controllers, under their usual names. */
export const READ_CONFIG_MAPS: readonly string[] = [
  ...TELLING_CONFIG_MAPS,
  ...DNS_CONFIG_MAPS,
  ...new Set(Object.values(CONFIG_KEYS).map(({ configMap }) => configMap)),
];

const list = ({ group, plural }: Pick<Resource, 'group' | 'plural'>, why: string, without: string): Right => ({
  group,
  resource: plural,
  verbs: ['list'],
  why,
  without,
});

/** Of the whole cluster, to read and nothing else. */
export const CLUSTER_RIGHTS: readonly Right[] = [
  list(RESOURCES.nodes, 'where probes can stand, and which addresses nodes have in the overlay', 'no probe is placed'),
  list(
    RESOURCES.namespaces,
    'their labels, which policies select by',
    'policies that select namespaces are not judged',
  ),
  list(
    RESOURCES.pods,
    'what stands behind Services, and what is the ingress',
    'neither backends nor ingress are known',
  ),
  list(
    RESOURCES.services,
    'the way from a name to its pods',
    'targets behind a Service are not found, no twin is made',
  ),
  list(RESOURCES.endpointSlices, 'the endpoints that a Service really has', 'single backends are not probed'),
  list(RESOURCES.ingresses, 'from a host and path to its Service', 'hosts of Ingresses are not found'),
  list(RESOURCES.ingressClasses, 'which controller serves an Ingress', 'the ingress has to be guessed by its pods'),
  list(
    RESOURCES.networkPolicies,
    'what should be allowed, and the object to blame',
    'no policy can be named or cleared',
  ),
  list(
    RESOURCES.daemonSets,
    'which network plugin runs, and what enforces policies',
    'fixes fit any network plugin only',
  ),
  list(
    RESOURCES.deployments,
    'whether a Service without endpoints has a workload at all',
    'a missing workload is not named',
  ),
  list(RESOURCES.statefulSets, 'as of Deployments', 'as of Deployments'),
  list(RESOURCES.serviceCidrs, 'which addresses are ClusterIPs', 'a ClusterIP that is gone may pass for any address'),
  list(RESOURCES.httpRoutes, 'from a host and path to its Service', 'hosts of HTTPRoutes are not found'),
  list(RESOURCES.grpcRoutes, 'from a host and method to its Service', 'hosts of GRPCRoutes are not found'),
  list(RESOURCES.tlsRoutes, 'from a host to its Service', 'hosts of TLSRoutes are not found'),
  list(
    RESOURCES.referenceGrants,
    'whether a route may refer to a Service of another namespace',
    'a refused reference is known by the status of the route alone',
  ),
  list(RESOURCES.gateways, 'the addresses and proxies of HTTPRoutes', 'proxies of Gateways are not found'),
  list(RESOURCES.gatewayClasses, 'which controller serves a Gateway', 'the proxies have to be guessed by their labels'),
  list(RESOURCES.httpProxies, 'from a host and path to its Service', 'hosts of HTTPProxies are not found'),
  list(RESOURCES.virtualServices, 'from a host and path to its Service', 'hosts of VirtualServices are not found'),
  list(RESOURCES.istioGateways, 'the proxies of VirtualServices', 'proxies of VirtualServices are not found'),
  list(RESOURCES.ingressRoutes, 'from a host and path to its Service', 'hosts of IngressRoutes are not found'),
  ...Object.values(POLICY_KINDS).map((kind) =>
    list(kind, 'timeouts that it sets for a proxy', 'the usual timeouts of that proxy are assumed'),
  ),
  ...OTHER_POLICIES.map((policy) =>
    list(policy, `whether there is any ${policy.kind}`, 'that kind is taken to be in use, and no policy is cleared'),
  ),
  {
    group: '',
    resource: 'configmaps',
    verbs: ['get'],
    names: READ_CONFIG_MAPS,
    why: 'mode of the network plugin and of kube-proxy, domain of the cluster, timeouts of the ingress controller',
    without: 'usual timeouts and the usual domain are assumed',
  },
  list(
    RESOURCES.podDisruptionBudgets,
    'a twin that a budget would count is not made',
    'no twin is made, and no policy is proven',
  ),
  list(
    RESOURCES.autoscalers,
    'a twin that an autoscaler would count is not made',
    'no twin is made, and no policy is proven',
  ),
];

/** Of the whole cluster as well, to read: what only `kprobe lint` looks at. */
export const LINT_RIGHTS: readonly Right[] = [
  list(
    RESOURCES.cronJobs,
    'kprobe lint knows the pods of a CronJob also between two runs',
    'kprobe lint does not say that a policy selects no pod',
  ),
];

const NO_PROBE = 'no probe stands in that namespace';
const own = (resource: 'pods' | 'pods/log' | 'configmaps', verb: string, why: string, without: string): Right => ({
  group: '',
  resource,
  verbs: [verb],
  why,
  without,
});

/** In kprobe's own namespaces, and in those where twins may stand. */
export const PROBE_RIGHTS: readonly Right[] = [
  own('configmaps', 'create', 'the agent and its assignment travel in one, which owns all else', NO_PROBE),
  own(
    'configmaps',
    'get',
    'to know it as ours where the answer to its creation was lost',
    'a lost answer costs the run',
  ),
  own('configmaps', 'list', 'to find what a killed run left', 'what a killed run left stays'),
  own('configmaps', 'delete', 'to leave nothing', 'the ConfigMap of each run stays'),
  own('pods', 'create', 'a probe is a pod', NO_PROBE),
  own('pods', 'get', 'whether a log has ended or was cut; the pod that a twin copies', 'logs may end too early'),
  own('pods', 'list', 'to see probes start, and find what a killed run left', NO_PROBE),
  own('pods', 'watch', 'to see probes start and end', NO_PROBE),
  own('pods', 'patch', 'to tell probes the addresses of each other', 'probes do not ask each other'),
  own('pods', 'delete', 'to leave nothing', 'probes stay until their deadline'),
  own('pods/log', 'get', 'a probe says what it measured in its log', 'nothing that probes measure is heard'),
];

/** Where `--inside` may put containers into pods that are there: only on request, for they cannot be removed again. */
export const INSIDE_RIGHTS: readonly Right[] = [
  {
    group: '',
    resource: 'pods/ephemeralcontainers',
    verbs: ['patch'],
    why: 'diagnose --inside measures in the very pods of a client',
    without: 'a twin of the pod asks instead',
  },
];

/** In `kprobe-host`, where `--trace-rules` grants it: the admission policy there asks for it (host-pod-policy.ts), and nothing else does. */
export const TRACE_RIGHTS: readonly Right[] = [
  {
    ...TRACER,
    verbs: ['create'],
    why: 'diagnose --trace-rules and trace follow their own packets through the rules of nodes, which takes CAP_NET_ADMIN there',
    without: 'no rule is named; all else is as ever',
  },
  {
    group: '',
    resource: 'pods/attach',
    // A WebSocket begins with a GET; since Kubernetes 1.35 the API server asks for `create` as well.
    verbs: ['create', 'get'],
    why: 'a tracer works only while kprobe holds its standard input, and leaves when kprobe dies',
    without: 'no rule is named; all else is as ever',
  },
];

/** Of the whole cluster, for scheduled sweeps that tell of changes where `notify.events` asks for it: which namespace the object of a host is in, only discovery knows. */
export const EVENT_RIGHTS: readonly Right[] = [
  {
    group: 'events.k8s.io',
    resource: 'events',
    verbs: ['create'],
    why: 'a change of state is told on the object of the target',
    without: 'changes are not told as Events',
  },
];

/** As RBAC has it. */
export interface Rule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly resourceNames?: readonly string[];
  readonly verbs: readonly string[];
}

/** The fewest rules that grant these rights and no other: one for each group, set of verbs and set of names. */
export function rulesOf(rights: readonly Right[]): Rule[] {
  const perResource = Map.groupBy(rights, ({ group, resource, names }) => JSON.stringify([group, resource, names]));
  const whole = [...perResource.values()].flatMap((same) => {
    const [first] = same;
    return first === undefined ? [] : [{ ...first, verbs: same.flatMap(({ verbs }) => verbs) }];
  });
  const perRule = Map.groupBy(whole, ({ group, verbs, names }) => JSON.stringify([group, verbs, names]));
  return [...perRule.values()].flatMap((alike) => {
    const [first] = alike;
    if (first === undefined) return [];
    const resources = alike.map(({ resource }) => resource);
    const narrowed = first.names === undefined ? {} : { resourceNames: first.names };
    return [{ apiGroups: [first.group], resources, ...narrowed, verbs: first.verbs }];
  });
}
