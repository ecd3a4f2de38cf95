/** A sweep file made from what a cluster serves: every target in it resolves. Pure. */
import { stringify } from 'yaml';
import type { Cluster, Route, Service } from '../model/cluster.ts';
import { count } from '../model/format.ts';
import { endpointsOf } from '../model/service-slices.ts';

export interface Draft {
  readonly text: string;
  /** Targets in it. */
  readonly targets: number;
}

interface Entry {
  readonly target: string;
  readonly namespace?: string;
  /** What it is made from. */
  readonly comment: string;
}

/** Of an unusually large cluster, the first so many Services; whoever wants more adds them. */
const MOST_SERVICES = 300;
/** Namespaces of the system's own; what is wrong there shows in everybody's targets. */
export const SYSTEM =
  /^kube-|^kprobe(-host)?$|-system$|^(cert-manager|tigera-operator|local-path-storage|ingress-nginx|istio-.*|monitoring)$/u;

export function draftSweepFile(cluster: Cluster, clusterName: string): Draft {
  const proxies = new Set(cluster.controllers.flatMap(({ pods }) => pods.map(({ namespace }) => namespace)));
  const userFacing = (namespace: string) => !SYSTEM.test(namespace) && !proxies.has(namespace);
  const hosts = hostEntries(cluster.routes.filter(({ namespace }) => userFacing(namespace)));
  const own = cluster.services.filter(({ namespace }) => userFacing(namespace));
  const services = own.filter((service) => mayBeAsked(service) && hasEndpoint(cluster, service));
  const idle = own.filter((service) => mayBeAsked(service) && !hasEndpoint(cluster, service));
  const shown = services.slice(0, MOST_SERVICES).map(serviceEntry);
  const left = services.length - shown.length;
  const lines = [
    `# Made by kprobe sweep --init from ${comment(clusterName)}: ${count(hosts.length, 'host')} and ${count(shown.length, 'Service')}.`,
    '# Run it: kprobe sweep -f sweep.yaml     In the cluster: kprobe install --schedule "*/10 * * * *" -f sweep.yaml',
    '',
    ...block('targets:', [...listed('Hosts of Ingresses and HTTPRoutes', hosts), ...listed('Services', shown)]),
    ...idle.map(
      (service) =>
        `# Without a ready endpoint: svc/${comment(service.name)} in namespace ${comment(service.namespace)}`,
    ),
    ...(left > 0 ? [`# ${count(left, 'Service')} more: kubectl get services --all-namespaces`] : []),
    '',
    ...ADVICE,
  ];
  return { text: `${lines.join('\n')}\n`, targets: hosts.length + shown.length };
}

const ADVICE = [
  '# What a target may say besides:',
  '#   from: shop/checkout                    # what this workload sees, with its labels and policies',
  '#   expect: [p99 < 50ms, loss < 1%]        # or [reachable], or [unreachable] where a policy should keep it out',
  '#   slowAfter: 500ms',
  '# defaults: { expect: [p90 < 500ms] }      # for every target that does not say otherwise',
  '',
  'budget:',
  '  probesPerSecondPerNode: 20               # attempts that begin on one node in a second, all targets together',
  '  pods: 60                                 # probe pods at one time',
  '  timeout: 5m',
  '',
  '# history: { keep: 30d }                   # or none; what is new is told against the last sweep',
  '# notify:',
  '#   events: true                           # a Kubernetes Event on the target at each change',
  '#   webhook: { urlFromEnv: WEBHOOK_URL, kind: slack }',
  '#   pushgateway: { url: http://pushgateway.monitoring:9091 }',
];

function block(title: string, lines: readonly string[]): string[] {
  return lines.length > 0
    ? [title, ...lines]
    : [`${title} []                             # nothing was found that can be asked`];
}

function listed(title: string, entries: readonly Entry[]): string[] {
  if (entries.length === 0) return [];
  return [`# ${title}`, ...entries.flatMap(lines)];
}

function lines({ target, namespace, comment: from }: Entry): string[] {
  const says = from === '' ? '' : `   # ${comment(from)}`;
  if (namespace === undefined) return [`- ${scalar(target)}${says}`];
  return [`- target: ${scalar(target)}${says}`, `  namespace: ${scalar(namespace)}`];
}

/** One target a host: its shortest path, which is what most people see. Wildcards and routes without a host name no place to ask. */
function hostEntries(routes: readonly Route[]): Entry[] {
  const named = routes.filter(({ host }) => host !== null && !host.includes('*'));
  const perHost = Map.groupBy(named, ({ host }) => host ?? '');
  return [...perHost]
    .toSorted(([a], [b]) => a.localeCompare(b))
    .map(([host, same]) => {
      const [first] = same.toSorted((a, b) => a.path.length - b.path.length);
      const path = first !== undefined && /^\/[\w./~%-]+$/u.test(first.path) ? first.path : '';
      const object = first === undefined ? '' : `${first.kind} ${first.namespace}/${first.name}`;
      return { target: `${host}${path}`, comment: object };
    });
}

/** TCP, and an address or endpoints of its own. */
function mayBeAsked({ namespace, name, type, ports }: Service): boolean {
  const isApi = namespace === 'default' && name === 'kubernetes';
  return type !== 'ExternalName' && !isApi && ports.some(({ protocol }) => protocol === 'TCP');
}

function hasEndpoint(cluster: Cluster, service: Service): boolean {
  return endpointsOf(cluster, service).some(({ ready }) => ready);
}

/** A Service of several ports is asked on its first. */
function serviceEntry({ namespace, name, ports }: Service): Entry {
  const tcp = ports.filter(({ protocol }) => protocol === 'TCP');
  const port = ports.length > 1 ? `:${tcp[0]?.port}` : '';
  const others = tcp.slice(1).map((each) => each.name ?? String(each.port));
  return { target: `svc/${name}${port}`, namespace, comment: others.length > 0 ? `also has ${others.join(', ')}` : '' };
}

/** In YAML as it has to be: `1e3.example.com` is text, and a name may hold anything. */
function scalar(text: string): string {
  return stringify(text, { lineWidth: 0 }).trim();
}

function comment(text: string): string {
  return text.replace(/[^\x20-\x7e]+/gu, ' ').slice(0, 120);
}
