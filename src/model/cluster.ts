/**
 * The cluster in our words, not the API's: only what planning and judging ask for. Written as schemas, because a saved
 * recording carries it and may have been edited, truncated or made by a stranger.
 */
import { z } from 'zod';

const labels = z.record(z.string(), z.string());
const named = { namespace: z.string(), name: z.string() };

/** The namespace and name of an object. */
export const ObjectName = z.object(named);
export type ObjectName = z.infer<typeof ObjectName>;

export const Node = z.object({
  name: z.string(),
  /** InternalIP addresses. */
  addresses: z.array(z.string()),
  podCidrs: z.array(z.string()),
  /** Addresses that traffic of this node's own network may carry when it enters the overlay, as far as API objects tell. */
  overlayAddresses: z.array(z.string()),
  ready: z.boolean(),
  schedulable: z.boolean(),
  taints: z.array(z.object({ key: z.string(), value: z.string(), effect: z.string() })),
  zone: z.string().nullable(),
  kernel: z.string(),
  kubelet: z.string(),
  architecture: z.string(),
});
export type Node = z.infer<typeof Node>;

export const Namespace = z.object({ name: z.string(), labels });
export type Namespace = z.infer<typeof Namespace>;

export const ContainerPort = z.object({
  name: z.string().nullable(),
  port: z.number(),
  protocol: z.string(),
  /** The port of the node that leads here; absent where there is none. */
  hostPort: z.number().optional(),
});
export type ContainerPort = z.infer<typeof ContainerPort>;

/** Lines of a resolv.conf beyond those of the policy; `options` as they stand there, e.g. `ndots:2`. */
export const DnsConfig = z.object({
  nameservers: z.array(z.string()),
  searches: z.array(z.string()),
  options: z.array(z.string()),
});
export type DnsConfig = z.infer<typeof DnsConfig>;

export const Pod = z.object({
  ...named,
  uid: z.string(),
  labels,
  /** null while unscheduled. */
  node: z.string().nullable(),
  addresses: z.array(z.string()),
  /** The address of its node, where hostPorts lead to it; absent while unscheduled. */
  hostAddress: z.string().optional(),
  hostNetwork: z.boolean(),
  phase: z.enum(['Pending', 'Running', 'Succeeded', 'Failed', 'Unknown']),
  ready: z.boolean(),
  /** Since when it is Ready or not, Unix milliseconds; absent where the API did not say. */
  readySince: z.number().optional(),
  terminating: z.boolean(),
  ports: z.array(ContainerPort),
  /** The controlling owner, e.g. ReplicaSet web-7f9c. */
  owner: z.object({ kind: z.string(), name: z.string() }).nullable(),
  /** How its resolv.conf is made (PodSpec.dnsPolicy); absent where the API did not say. */
  dnsPolicy: z.string().optional(),
  /** PodSpec.dnsConfig. */
  dnsConfig: DnsConfig.optional(),
  /** Lines of its /etc/hosts (PodSpec.hostAliases); absent: none. */
  hostAliases: z.array(z.object({ address: z.string(), hostnames: z.array(z.string()) })).optional(),
  /** The least CPU limit (in CPUs) of the containers that may serve, each of which the kernel holds to its own; absent: none has one. */
  cpuLimit: z.number().optional(),
  /** Why it is not running or not ready, as the kubelet or scheduler says it. */
  because: z.string().nullable(),
});
export type Pod = z.infer<typeof Pod>;

export const ServicePort = z.object({
  name: z.string().nullable(),
  port: z.number(),
  targetPort: z.union([z.number(), z.string()]),
  nodePort: z.number().nullable(),
  protocol: z.string(),
});
export type ServicePort = z.infer<typeof ServicePort>;

export const Service = z.object({
  ...named,
  labels,
  type: z.string(),
  /** Empty for headless and ExternalName Services. */
  clusterIps: z.array(z.string()),
  selector: labels,
  ports: z.array(ServicePort),
  externalAddresses: z.array(z.string()),
  /** `spec.loadBalancerSourceRanges`: who may come by the addresses of its load balancer; absent: anybody. */
  sourceRanges: z.array(z.string()).optional(),
  externalTrafficPolicy: z.string(),
  internalTrafficPolicy: z.string(),
  publishNotReadyAddresses: z.boolean(),
  /** Of `sessionAffinity: ClientIP`: so long a client stays with the endpoint that it met, seconds; absent: each connect is anybody's. */
  sessionAffinitySeconds: z.number().optional(),
  /** The name that it is another word for, of type ExternalName; absent elsewhere. */
  externalName: z.string().optional(),
});
export type Service = z.infer<typeof Service>;

/** Topology hints of an endpoint: for whose clients it is meant; absent: it has none. */
export const Hints = z.object({ zones: z.array(z.string()), nodes: z.array(z.string()) });
export type Hints = z.infer<typeof Hints>;

export const EndpointSlice = z.object({
  ...named,
  service: z.string(),
  /** `endpointslice-controller.k8s.io` where Kubernetes keeps it; anything else was made by hand or by another controller. */
  managedBy: z.string().nullable(),
  ports: z.array(z.object({ name: z.string().nullable(), port: z.number(), protocol: z.string() })),
  endpoints: z.array(
    z.object({
      address: z.string(),
      ready: z.boolean(),
      terminating: z.boolean(),
      node: z.string().nullable(),
      pod: ObjectName.nullable(),
      hints: Hints.optional(),
    }),
  ),
});
export type EndpointSlice = z.infer<typeof EndpointSlice>;

/** What the status of an object says is not so: `Accepted` is False, with the controller's reason and message. */
export const RouteCondition = z.object({
  type: z.string(),
  reason: z.string(),
  message: z.string(),
  /** The object whose status says it: the route, its Gateway, or the class of that. */
  of: z.object({ kind: z.string(), ...named }),
});
export type RouteCondition = z.infer<typeof RouteCondition>;

/** A route that names a Service and none of its ports (Istio's Destination). */
export const ONLY_PORT = 0;

export const Upstream = z.enum(['https', 'tcp']);
export type Upstream = z.infer<typeof Upstream>;

/** What a proxy asks or refuses before it passes a request on; `ranges`: of addresses, `url`: whom it asks. */
export const AccessRule = z.discriminatedUnion('setting', [
  z.object({
    setting: z.enum(['allowlist-source-range', 'whitelist-source-range', 'denylist-source-range']),
    ranges: z.array(z.string()),
  }),
  z.object({ setting: z.literal('auth-url'), url: z.string() }),
  z.object({ setting: z.enum(['auth-type', 'auth-tls-secret', 'enable-modsecurity']) }),
]);
export type AccessRule = z.infer<typeof AccessRule>;

/** The longest head of an answer that a proxy takes from an endpoint. */
export const HeadLimit = z.object({
  bytes: z.number(),
  /** Where it is set: `annotation nginx.ingress.kubernetes.io/proxy-buffer-size`, `proxy-buffer-size of ConfigMap …`, or whose default it is. */
  from: z.string(),
});
export type HeadLimit = z.infer<typeof HeadLimit>;

/** How many requests a proxy admits, as the settings of a route say it. */
export const RequestLimit = z.object({
  /** What it is called where it is set. */
  setting: z.enum(['limit-rps', 'limit-rpm', 'limit-connections', 'rateLimitPolicy.local']),
  /** What counts together: the requests from one address, or all that one proxy serves. */
  per: z.enum(['client', 'proxy']),
  requests: z.number(),
  /** In which time; null: under way at once. */
  inMs: z.number().nullable(),
  /** So many are admitted at once after a pause. */
  atOnce: z.number(),
  /** What is answered to those beyond; absent: as the controller is set. */
  status: z.number().optional(),
});
export type RequestLimit = z.infer<typeof RequestLimit>;

/** One rule "host and path go to a Service port", from an Ingress, a route of the Gateway API, Contour's HTTPProxy, Istio's VirtualService or Traefik's IngressRoute. */
export const Route = z.object({
  kind: z.enum(['Ingress', 'HTTPRoute', 'GRPCRoute', 'TLSRoute', 'HTTPProxy', 'VirtualService', 'IngressRoute']),
  ...named,
  /** null: any host. May begin with `*.`. */
  host: z.string().nullable(),
  path: z.string(),
  pathType: z.string(),
  tls: z.boolean(),
  /** Where its proxies are to have the certificate from; absent: none is named, or kprobe does not read where. */
  tlsSecret: ObjectName.optional(),
  service: z.string(),
  serviceNamespace: z.string(),
  /** `ONLY_PORT`: that of the Service that has one. */
  port: z.union([z.number(), z.string()]),
  /** IngressClass or Gateway by name; null where none is named and there is no default. */
  className: z.string().nullable(),
  /** Addresses that the object's status publishes. */
  publishedAddresses: z.array(z.string()),
  /** Ports of the Gateway's listeners that take it; absent: the usual ones. */
  listenerPorts: z.object({ http: z.number().optional(), https: z.number().optional() }).optional(),
  /** Among all Services of its rule; absent: it is the only one. */
  weight: z.number().optional(),
  /** A plain GET does not meet it: it asks for a header, a parameter or another method. */
  isConditional: z.literal(true).optional(),
  /** It leads to no Service, and `service` is empty: its proxies redirect or answer by themselves, it names another kind of object, or nothing. */
  leadsTo: z.enum(['redirect', 'answer', 'other', 'nothing']).optional(),
  /** How its proxies speak to the endpoints; absent: plain HTTP. `tcp`: in a way that kprobe only connects by (gRPC, FastCGI). */
  upstream: Upstream.optional(),
  /** It refers to a Service of another namespace, and no ReferenceGrant there admits that. */
  isUngranted: z.literal(true).optional(),
  /** The path is left to another object, which is not there: `service` is nobody's. */
  absentInclude: ObjectName.optional(),
  /** What the statuses of the route and of what serves it say is False; absent: nothing. */
  conditions: z.array(RouteCondition).optional(),
  /** Timers that this route sets for itself, over those of its controller; null: the controller's. */
  timers: z
    .object({
      connectTimeoutMs: z.number().nullable(),
      readTimeoutMs: z.number().nullable(),
      tries: z.number().nullable(),
      /** For the whole request, all tries together (HTTPRoute `timeouts.request`, HTTPProxy `timeoutPolicy.response`). */
      requestTimeoutMs: z.number().nullable().optional(),
      /** The object that sets them, where that is not the route itself. */
      from: z.string().optional(),
      /** What the two limits of an answer are called, and on which object: `timeouts.request of HTTPRoute shop/web`; absent: as the route is. */
      readFrom: z.string().optional(),
      requestFrom: z.string().optional(),
    })
    .optional(),
  /** Of the rule; absent: none, or none that is read. */
  limits: z.array(RequestLimit).optional(),
  /** Absent: none, or none that is read. */
  access: z.array(AccessRule).optional(),
  /** It takes a part of another rule's requests, `weight` of `total`; `of`: the Ingress of that rule. */
  canary: z.object({ weight: z.number(), total: z.number(), of: ObjectName.nullable() }).optional(),
  /** Of the rule, over that of its controller; absent: it sets none. */
  headLimit: HeadLimit.optional(),
});
export type Route = z.infer<typeof Route>;

/** What serves an ingress class: the pods that proxy, and the timers they are set to. */
export const IngressController = z.object({
  className: z.string(),
  /** `spec.controller` of the class; null where the class object is missing. */
  controller: z.string().nullable(),
  implementation: z.string(),
  /** The proxy pods, by how they were found. */
  pods: z.array(ObjectName),
  foundBy: z.string(),
  connectTimeoutMs: z.number().nullable(),
  readTimeoutMs: z.number().nullable(),
  tries: z.number().nullable(),
  /** How long it keeps an idle connection to an endpoint; absent: not known, or it keeps none. */
  upstreamIdleMs: z.number().optional(),
  /** Where the timers come from: `ConfigMap ingress-nginx/…` or `defaults of ingress-nginx`. */
  timersFrom: z.string(),
  /** What it answers to requests and connections beyond a limit; absent: not known. */
  limitStatus: z.object({ requests: z.number(), connections: z.number() }).optional(),
  /** Absent: not known. */
  headLimit: HeadLimit.optional(),
  httpPort: z.number(),
  httpsPort: z.number(),
});
export type IngressController = z.infer<typeof IngressController>;

const selector = z.object({
  matchLabels: labels.optional(),
  matchExpressions: z
    .array(z.object({ key: z.string(), operator: z.string(), values: z.array(z.string()).nullish() }))
    .optional(),
});
export type LabelSelector = z.infer<typeof selector>;
const peer = z.object({
  podSelector: selector.optional(),
  namespaceSelector: selector.optional(),
  ipBlock: z.object({ cidr: z.string(), except: z.array(z.string()).optional() }).optional(),
});
const port = z.object({
  protocol: z.string().optional(),
  port: z.union([z.number(), z.string()]).optional(),
  endPort: z.number().optional(),
});

/** networking.k8s.io/v1 NetworkPolicy, its spec as the API serves it. */
export const NetworkPolicy = z.object({
  ...named,
  spec: z.object({
    podSelector: selector.optional(),
    policyTypes: z.array(z.string()).optional(),
    ingress: z.array(z.object({ from: z.array(peer).nullish(), ports: z.array(port).nullish() })).nullish(),
    egress: z.array(z.object({ to: z.array(peer).nullish(), ports: z.array(port).nullish() })).nullish(),
  }),
});
export type NetworkPolicy = z.infer<typeof NetworkPolicy>;

/** Who moves packets and who enforces policies; `unknown` is a finding of its own kind, never "none". */
export const Networking = z.object({
  /** e.g. calico, canal, cilium, flannel, kindnet, kube-router, unknown */
  cni: z.string(),
  /** Who enforces NetworkPolicy; `none` only where that is certain. */
  enforcer: z.string(),
  /** All of them, where several enforce at once and a flow must pass each; absent: `enforcer` alone. */
  enforcers: z.array(z.string()).optional(),
  /** e.g. vxlan, ipip, native, unknown */
  encapsulation: z.string(),
  proxyMode: z.string(),
  because: z.string(),
  /** Kinds of policy objects that exist here and are not evaluated, e.g. CiliumNetworkPolicy. */
  unevaluated: z.array(z.string()),
});
export type Networking = z.infer<typeof Networking>;

/** What keeps pods of one kind running. `replicas`: as many as are wanted; null where it does not say (DaemonSet). */
export const Workload = z.object({ kind: z.string(), ...named, replicas: z.number().nullable(), podLabels: labels });
export type Workload = z.infer<typeof Workload>;

/** Something that could not be learnt or done, with the reason and, where one is known, the remedy. */
export const Limitation = z.object({
  what: z.string(),
  because: z.string(),
  /**
   * What is missing, for decisions: an API resource (of Kubernetes' own groups by its plural, `pods`; of others with the group,
   * `networkpolicies.crd.projectcalico.org`), the id of an agent, a name that this machine does not resolve,
   * or a path that the user takes. The two others are for people.
   */
  subject: z
    .discriminatedUnion('kind', [
      z.object({ kind: z.literal('resource'), resource: z.string() }),
      z.object({ kind: z.literal('agent'), agent: z.string() }),
      z.object({ kind: z.literal('user-path') }),
      z.object({ kind: z.literal('name'), name: z.string() }),
    ])
    .optional(),
});
export type Limitation = z.infer<typeof Limitation>;

export const Cluster = z.object({
  /** The uid of namespace kube-system, by which clusters are commonly distinguished; absent where it may not be read. */
  uid: z.string().optional(),
  version: z.string().nullable(),
  networking: Networking,
  nodes: z.array(Node),
  namespaces: z.array(Namespace),
  pods: z.array(Pod),
  services: z.array(Service),
  endpointSlices: z.array(EndpointSlice),
  routes: z.array(Route),
  controllers: z.array(IngressController),
  /** Names of IngressClasses that exist. */
  ingressClasses: z.array(z.object({ name: z.string(), controller: z.string(), isDefault: z.boolean() })),
  networkPolicies: z.array(NetworkPolicy),
  /** The Service whose ClusterIP pods have as their nameserver; null where it was not found. */
  dnsService: ObjectName.nullable(),
  /** The domain of the cluster's own names, where CoreDNS' Corefile tells it; absent: taken to be `cluster.local`. */
  dnsDomain: z.string().optional(),
  /** Deployments, StatefulSets and DaemonSets; absent where none may be read. */
  workloads: z.array(Workload).optional(),
  /** Ranges that ClusterIPs are taken from, as far as they are known (ServiceCIDR objects, or what all ClusterIPs share). */
  serviceRanges: z.array(z.string()).optional(),
  /** Kinds that could not be listed: conclusions from their absence are forbidden. */
  unread: z.array(Limitation),
});
export type Cluster = z.infer<typeof Cluster>;
