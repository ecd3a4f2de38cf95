/** An agent → the Pod that carries it. Pure. */
import type { ApiObject } from '../api/cluster-client.ts';
import { at, listAt } from '../api/fields.ts';
import type { Agent, Assignment } from '../model/plan.ts';
import type { PullChoice } from '../model/request.ts';
import { AGENT_ANNOTATION, assignmentFile, configMapName, MANAGED_BY, RUN_LABEL } from './names.ts';

export interface PodSettings {
  readonly run: string;
  /** Any image with Node in it. */
  readonly image: string;
  readonly pull: PullChoice;
  /** The kubelet ends the pod this long after its start, whatever became of the controller. */
  readonly lastsMs: number;
}

export interface PodParts {
  readonly agent: Agent;
  readonly assignment: Assignment;
  readonly name: string;
  /** Uid of the run's ConfigMap in the pod's namespace. */
  readonly ownerUid: string;
  /** The ConfigMap that holds its assignment; absent where that is the run's first. */
  readonly part?: string;
  /** Instead of the usual: what its original has, where the namespace admits no other. */
  readonly resources?: object;
  readonly settings: PodSettings;
}

export const CONTAINER = 'agent';
/** Where an assignment is that has a volume of its own. */
const APART = '/kprobe-assignment';
/** Nobody: an id that no image gives to anybody (distroless calls it nonroot). */
export const POD_USER = 65_532;
/** Leaves more than half of the limit to Node itself and to sockets; agents of a three-node mesh stay near 80 MiB resident in all. */
const HEAP_MIB = 40;
/** A semi-space of 1 MiB: what an attempt leaves behind is collected while it is still in the cache, at half the cost and 12 MB less (docs/performance.md). */
export const AGENT_FLAGS = [`--max-old-space-size=${HEAP_MIB}`, '--max-semi-space-size=1'] as const;
/** What Pod Security's level "restricted" wants of each container. */
export const SHUT_IN = {
  allowPrivilegeEscalation: false,
  readOnlyRootFilesystem: true,
  capabilities: { drop: ['ALL'] },
} as const;
/** Changing the packet filter is a right of root's, and of no other user's in a container: capabilities of others are not kept when a program starts (capabilities(7)). */
const AS_ROOT = { runAsNonRoot: false, runAsUser: 0, runAsGroup: 0 } as const;
const AS_NOBODY = { runAsNonRoot: true, runAsUser: POD_USER, runAsGroup: POD_USER } as const;
/** NET_RAW: iptables-legacy reads no counter without a raw socket (iptables 1.8.9). Who has NET_ADMIN can have packets copied to a program anyway. */
const TRACING = { ...SHUT_IN, capabilities: { drop: ['ALL'], add: ['NET_ADMIN', 'NET_RAW'] } } as const;
/** Its input ends with the connection of who attached to it first: so it hears of kprobe's end (held-inputs.ts). */
const HELD = { stdin: true, stdinOnce: true } as const;
const MEMORY = { request: '48Mi', limit: '96Mi' } as const;
/** nft holds all rules of the node, twice: ten thousand of them are some 30 MB. */
const TRACER_MEMORY = { request: '64Mi', limit: '320Mi' } as const;
/** A full core as limit is never met by an agent, but a quota may demand that a limit be named. */
const CPU = { request: '20m', limit: '1' } as const;

/** Meshes and their injectors, told to leave the pod alone: what is probed is the network, not a proxy in front of it. */
export const NO_INJECTION = {
  'sidecar.istio.io/inject': 'false',
  'linkerd.io/inject': 'disabled',
  'consul.hashicorp.com/connect-inject': 'false',
  'kuma.io/sidecar-injection': 'disabled',
} as const;

/** A condition that nobody ever sets: the pod is never Ready, so no Service sends anyone to it. */
const NEVER_READY = [{ conditionType: 'kprobe.dev/never-ready' }] as const;

export function podManifest({ agent, assignment, name, ownerUid, part, resources, settings }: PodParts): ApiObject {
  const isTwin = agent.kind === 'twin';
  const { hostNetwork, namespace, labels } = agent.identity;
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name,
      namespace,
      labels: isTwin ? { ...labels, [RUN_LABEL]: settings.run } : { ...MANAGED_BY, [RUN_LABEL]: settings.run },
      annotations: { [AGENT_ANNOTATION]: agent.id, ...NO_INJECTION },
      ownerReferences: [
        {
          apiVersion: 'v1',
          kind: 'ConfigMap',
          name: configMapName(settings.run),
          uid: ownerUid,
          // A pod that has a controller is adopted by no other: without it a ReplicaSet would take a twin as its own and delete a real pod.
          controller: true,
          blockOwnerDeletion: false,
        },
      ],
    },
    spec: {
      restartPolicy: 'Never',
      activeDeadlineSeconds: Math.ceil(settings.lastsMs / 1000),
      terminationGracePeriodSeconds: 1,
      enableServiceLinks: false,
      automountServiceAccountToken: false,
      hostNetwork,
      ...(hostNetwork && agent.dns === undefined ? { dnsPolicy: 'ClusterFirstWithHostNet' } : dnsOf(agent)),
      ...(isTwin ? { readinessGates: NEVER_READY } : {}),
      ...(settings.pull.secrets.length > 0
        ? { imagePullSecrets: settings.pull.secrets.map((each) => ({ name: each })) }
        : {}),
      affinity: pinnedTo(agent.node ?? ''),
      tolerations: ['NoSchedule', 'NoExecute'].map((effect) => ({ operator: 'Exists', effect })),
      securityContext: {
        ...(agent.traces === true ? AS_ROOT : AS_NOBODY),
        seccompProfile: { type: 'RuntimeDefault' },
        ...lowPorts(assignment, hostNetwork),
      },
      containers: [
        {
          ...container({ agent, name, settings, isApart: part !== undefined }),
          ...(isTwin ? { ports: namedPorts(agent) } : {}),
          ...(resources === undefined ? {} : { resources }),
        },
      ],
      volumes: [
        {
          name: 'run',
          configMap: {
            name: configMapName(settings.run),
            items: ['agent.mjs', ...(part === undefined ? [assignmentFile(name)] : [])].map((key) => ({
              key,
              path: key,
            })),
          },
        },
        ...(part === undefined ? [] : [assignmentVolume(part, name)]),
        {
          name: 'peers',
          downwardAPI: {
            items: [{ path: 'peers.json', fieldRef: { fieldPath: "metadata.annotations['kprobe.dev/peers']" } }],
          },
        },
      ],
    },
  };
}

/** A twin, and what stands for a client on the host network, resolves names as its original does. */
function dnsOf({ dns }: Agent): object {
  const { policy, config } = dns ?? {};
  return {
    ...(policy === undefined ? {} : { dnsPolicy: policy }),
    ...(config === undefined
      ? {}
      : {
          dnsConfig: {
            nameservers: config.nameservers,
            searches: config.searches,
            options: config.options.map(option),
          },
        }),
  };
}

/** `ndots:2` as the API has it. */
function option(text: string): object {
  const [name = text, ...value] = text.split(':');
  return value.length === 0 ? { name } : { name, value: value.join(':') };
}

/** A policy may name a port; the name means what the pod that it selects declares. */
function namedPorts({ ports }: Agent): object[] {
  const named = ports.filter((port) => port.name !== null);
  return [...new Map(named.map((port) => [port.name, port])).values()].map(({ name, port, protocol }) => ({
    name,
    containerPort: port,
    protocol,
  }));
}

/** Not a projected volume, which a policy would have to allow beside ConfigMaps: only few runs need a second one. */
function assignmentVolume(part: string, name: string): object {
  const key = assignmentFile(name);
  return { name: 'assignment', configMap: { name: part, items: [{ key, path: key }] } };
}

function container(parts: Pick<PodParts, 'agent' | 'name' | 'settings'> & { readonly isApart: boolean }): object {
  const { agent, name, settings, isApart } = parts;
  const { image, pull } = settings;
  const memory = agent.traces === true ? TRACER_MEMORY : MEMORY;
  const assignment = `${isApart ? APART : '/kprobe'}/${assignmentFile(name)}`;
  return {
    name: CONTAINER,
    image,
    imagePullPolicy: pull.policy,
    command: ['node', ...AGENT_FLAGS, '/kprobe/agent.mjs', '--assignment', assignment],
    resources: {
      requests: { cpu: CPU.request, memory: memory.request },
      limits: { cpu: CPU.limit, memory: memory.limit },
    },
    ...(agent.traces === true ? HELD : {}),
    securityContext: agent.traces === true ? TRACING : SHUT_IN,
    volumeMounts: [
      { name: 'run', mountPath: '/kprobe', readOnly: true },
      { name: 'peers', mountPath: '/kprobe-peers', readOnly: true },
      ...(isApart ? [{ name: 'assignment', mountPath: APART, readOnly: true }] : []),
    ],
  };
}

/** Of its first container; empty where it states none. */
export function resourcesOf(pod: unknown): object {
  const [first] = listAt(pod, 'spec', 'containers');
  const resources = at(first, 'resources');
  return typeof resources === 'object' && resources !== null ? resources : {};
}

/** Through the scheduler, which knows of resources and ports; `nodeName` would go past it and past every quota of the node. */
function pinnedTo(node: string): object {
  const matchFields = [{ key: 'metadata.name', operator: 'In', values: [node] }];
  return { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [{ matchFields }] } } };
}

/** A safe sysctl (Pod Security allows it under "restricted"); on the host network it would be the node's, so it is not set there. */
function lowPorts({ answers }: Assignment, hostNetwork: boolean): object {
  const isNeeded = [...answers.tcp, ...answers.udp].some((port) => port > 0 && port < 1024);
  if (!isNeeded || hostNetwork) return {};
  return { sysctls: [{ name: 'net.ipv4.ip_unprivileged_port_start', value: '0' }] };
}
