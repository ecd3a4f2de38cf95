/** Small workloads for tests of their own: any image with Node in it answers HTTP. */
import type { Manifest } from '../../src/lab/scenario/manifest.ts';

const IMAGE = process.env['KPROBE_E2E_IMAGE'] ?? 'node:24-slim';
const PORT = 8070;
const SERVE = `require('http').createServer((_, answer) => answer.end('ok')).listen(${PORT})`;

export function namespace(name: string): Manifest {
  return { apiVersion: 'v1', kind: 'Namespace', metadata: { name } };
}

export function workload(
  kind: 'Deployment' | 'DaemonSet' | 'StatefulSet',
  namespace: string,
  name: string,
  probes: object = {},
): Manifest {
  const labels = { app: name };
  return {
    apiVersion: 'apps/v1',
    kind,
    metadata: { name, namespace },
    spec: {
      ...(kind === 'DaemonSet' ? {} : { replicas: 2 }),
      ...(kind === 'StatefulSet' ? { serviceName: name, podManagementPolicy: 'Parallel' } : {}),
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: {
          terminationGracePeriodSeconds: 0,
          containers: [
            {
              name: 'server',
              image: IMAGE,
              imagePullPolicy: 'IfNotPresent',
              command: ['node', '-e', SERVE],
              ports: [{ name: 'http', containerPort: PORT }],
              readinessProbe: { tcpSocket: { port: PORT }, periodSeconds: 1 },
              ...probes,
            },
          ],
        },
      },
    },
  };
}

export function service(namespace: string, name: string, spec: object = {}): Manifest {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name, namespace },
    spec: { selector: { app: name }, ports: [{ name: 'http', port: PORT, targetPort: PORT }], ...spec },
  };
}

/** A policy that isolates every pod of the namespace and admits everybody: enough for twins to be wanted. */
export function admitsEverybody(namespace: string): Manifest {
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: { name: 'admits-everybody', namespace },
    spec: { podSelector: {}, policyTypes: ['Ingress'], ingress: [{}] },
  };
}

/** A policy that isolates the pods of one workload and admits one other workload of its namespace. */
export function admitsOnly(namespace: string, name: string, client: string): Manifest {
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: { name: `${name}-clients`, namespace },
    spec: {
      podSelector: { matchLabels: { app: name } },
      policyTypes: ['Ingress'],
      ingress: [{ from: [{ podSelector: { matchLabels: { app: client } } }] }],
    },
  };
}

/** Ready only once the network denies it the Service: no API tells when a policy is in force. */
function whenDenied(service: string): object {
  const script = [
    `const socket = require('net').connect(${PORT}, '${service}', () => process.exit(1));`,
    'socket.setTimeout(1500, () => process.exit(0));',
    "socket.on('error', ({ code }) => process.exit(code === 'EHOSTUNREACH' ? 0 : 1));",
  ];
  const exec = { command: ['node', '-e', script.join(' ')] };
  return { startupProbe: { exec, timeoutSeconds: 10, periodSeconds: 2, failureThreshold: 60 } };
}

/** Callers of Service `ledger` are admitted by a label that Deployment `till` does not have: `policy-denies-ingress`. */
export function deniedClient(space: string): Manifest[] {
  return [
    namespace(space),
    workload('Deployment', space, 'ledger'),
    service(space, 'ledger'),
    workload('Deployment', space, 'till', whenDenied('ledger')),
    admitsOnly(space, 'ledger', 'invoicer'),
  ];
}

/** What to ask of it. */
export function askDeniedClient(space: string): string[] {
  return ['svc/ledger', '-n', space, '--from', `${space}/till`];
}
