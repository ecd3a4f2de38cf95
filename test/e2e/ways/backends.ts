/** What stands behind the routes: one workload for each way of answering, with its Service. */
import { selfSigned } from '../../../src/lab/network/certificate.ts';
import type { Manifest } from '../../../src/lab/scenario/manifest.ts';
import { namespace } from '../workloads.ts';
import { SPACE } from './routes.ts';

const IMAGE = process.env['KPROBE_E2E_IMAGE'] ?? 'node:24-slim';
const PORT = 8070;
const WRONG_PORT = 8079;
/** The application's own time, milliseconds: far above a healthy answer's, and above the limit of a second that one route sets. */
const SLOW_MS = 2500;

/** Pages for `/`, "not found" for what begins with /shop, as an application does behind a proxy that rewrites paths. */
const PAGES = "(q, a) => { a.statusCode = q.url.startsWith('/shop') ? 404 : 200; a.end('ok'); }";
const http = (answer: string) => `require('http').createServer(${answer}).listen(${PORT})`;

/** As Go's servers say it. */
const BAD_REQUEST = 'HTTP/1.0 400 Bad Request\r\n\r\nClient sent an HTTP request to an HTTPS server.\n';

/** Serves TLS, and answers what is none with `otherwise`: OpenSSL's servers with the alert protocol_version, those of Go and nginx with a page. */
function lookingFirst(server: string, otherwise: string): string {
  const first = `(data) => { if (data[0] !== 22) return socket.end(${otherwise}); socket.pause(); socket.unshift(data); server.emit('connection', socket); }`;
  return `const server = ${server}; require('net').createServer((socket) => { socket.on('error', () => {}); socket.once('data', ${first}); }).listen(${PORT})`;
}

/** Addresses that the manifests cannot know before the pods run. */
export interface Placed {
  readonly living: string;
  /** Of a pod range, and nobody's. */
  readonly dead: string;
}

export function workloads(): Manifest[] {
  const { certificatePem: cert, keyPem: key } = selfSigned('secure.ways', ['secure.ways.svc']);
  const tls = `require('https').createServer(${JSON.stringify({ cert, key })}, ${PAGES})`;
  return [
    namespace(SPACE),
    ...served('web', http(PAGES), 2),
    ...served('slow', http(`(_, a) => setTimeout(() => a.end('ok'), ${SLOW_MS})`)),
    ...served('mute', 'setInterval(() => {}, 1e6)', 1, false),
    ...served('secure', lookingFirst(tls, 'Buffer.from([21, 3, 1, 0, 2, 2, 70])'), 2),
    ...served('strict', lookingFirst(tls, JSON.stringify(BAD_REQUEST))),
    ...served('asking', http("(_, a) => { a.statusCode = 401; a.end('who?'); }")),
    ...served('locked', http(PAGES), 2),
    ...served('admitting', http(PAGES), 2),
    serviceTo('web-too', { app: 'web' }, PORT),
    serviceTo('wrong-port', { app: 'web' }, WRONG_PORT),
    serviceTo('empty', { app: 'empty' }, PORT),
    serviceTo('half-dead', null, PORT),
    admits('locked', 'ingress-nginx'),
    admits('admitting', 'projectcontour'),
  ];
}

export function halfDead({ living, dead }: Placed): Manifest {
  return {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: { name: 'half-dead-1', namespace: SPACE, labels: { 'kubernetes.io/service-name': 'half-dead' } },
    addressType: 'IPv4',
    ports: [{ name: 'http', port: PORT, protocol: 'TCP' }],
    endpoints: [living, dead].map((address) => ({ addresses: [address], conditions: { ready: true } })),
  };
}

function served(name: string, script: string, replicas = 1, isReady = true): Manifest[] {
  const labels = { app: name };
  const spread = { maxSkew: 1, topologyKey: 'kubernetes.io/hostname', whenUnsatisfiable: 'ScheduleAnyway' };
  const container = {
    name: 'server',
    image: IMAGE,
    imagePullPolicy: 'IfNotPresent',
    command: ['node', '-e', script],
    ports: [{ name: 'http', containerPort: PORT }],
    // On a busy machine a second is not enough, and a pod that is not Ready for a while would be a fault of its own.
    ...(isReady ? { readinessProbe: { tcpSocket: { port: PORT }, periodSeconds: 1, timeoutSeconds: 10 } } : {}),
  };
  const template = {
    metadata: { labels },
    spec: {
      terminationGracePeriodSeconds: 0,
      topologySpreadConstraints: [{ ...spread, labelSelector: { matchLabels: labels } }],
      containers: [container],
    },
  };
  const spec = { replicas, selector: { matchLabels: labels }, template };
  return [
    { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name, namespace: SPACE }, spec },
    serviceTo(name, labels, PORT),
  ];
}

function serviceTo(name: string, selector: Readonly<Record<string, string>> | null, targetPort: number): Manifest {
  const ports = [{ name: 'http', port: 80, targetPort }];
  const spec = selector === null ? { ports } : { selector, ports };
  return { apiVersion: 'v1', kind: 'Service', metadata: { name, namespace: SPACE }, spec };
}

function admits(app: string, from: string): Manifest {
  const namespaceSelector = { matchLabels: { 'kubernetes.io/metadata.name': from } };
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: { name: `${app}-entries`, namespace: SPACE },
    spec: {
      podSelector: { matchLabels: { app } },
      policyTypes: ['Ingress'],
      ingress: [{ from: [{ namespaceSelector }] }],
    },
  };
}
