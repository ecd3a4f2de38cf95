/** From a pod's spec to what startProcess needs. */
import { realpathSync, mkdirSync } from 'node:fs';
import { isAbsolute, join, normalize, sep } from 'node:path';
import type { ContainerLog } from '../api/logs.ts';
import { RANGES, familyOf } from '../network/address-plan.ts';
import type { KubeObject, Place } from '../model.ts';
import type { Launch } from './container-process.ts';
import { environmentOf, expand, type Lookup } from './environment.ts';
import { imageCommand } from './images.ts';
import type { NodeContext } from './node-context.ts';
import { hostsFile, resolvConf } from './resolver-files.ts';
import { rightsOf } from './rights.ts';
import { buildRoot, type Mount } from './rootfs.ts';
import type { Volumes } from './volumes.ts';

type Part = Record<string, any>;

export interface Preparation {
  readonly context: NodeContext;
  readonly pod: KubeObject;
  readonly container: Part;
  readonly volumes: Volumes;
  readonly place: Place;
  /** Of this run of this container. */
  readonly folder: string;
  readonly log: ContainerLog;
}

export type Prepared =
  | { readonly ok: true; readonly launch: Launch; readonly ignored: readonly string[] }
  | { readonly ok: false; readonly problem: string };

/** Longest host name that Linux takes. */
const MAX_HOSTNAME = 63;

/** Builds the container's root on disk as well. */
export function prepareLaunch({ context, pod, container, volumes, place, folder, log }: Preparation): Prepared {
  const hostname = hostnameOf(pod, context.name);
  const base = {
    PATH: context.path,
    HOSTNAME: hostname,
    HOME: '/root',
    KUBERNETES_SERVICE_HOST: RANGES[familyOf(context.place.address)].apiService,
    KUBERNETES_SERVICE_PORT: '443',
  };
  const environment = environmentOf(pod, container, { base, lookup: lookupIn(context, pod) });
  if (!environment.ok) return environment;
  const mounts = volumeMounts(container, volumes);
  if (!mounts.ok) return mounts;
  const root = join(folder, 'root');
  const files = {
    '/etc/resolv.conf': resolvConf(pod, {
      nodeFile: context.resolvConf,
      clusterDomain: context.clusterDomain,
      address: context.place.address,
    }),
    '/etc/hosts': hostsFile(pod, { addresses: place.addresses, hostname, clusterDomain: context.clusterDomain }),
    '/etc/hostname': `${hostname}\n`,
  };
  let fstab: string;
  try {
    fstab = buildRoot(root, { mounts: [...context.mounts, ...mounts.mounts], files });
  } catch (error) {
    return {
      ok: false,
      problem: `failed to create containerd task: ${error instanceof Error ? error.message : String(error)}`,
    };
  }
  const given = rightsOf(pod['spec'], container, context.isMapped);
  return {
    ok: true,
    ignored: given.ignored,
    launch: {
      netns: place.netns,
      root,
      fstab,
      hostname,
      command: commandOf(container, environment.values),
      environment: environment.values,
      workingDirectory: container['workingDir'] ?? '/',
      isRootReadOnly: container['securityContext']?.readOnlyRootFilesystem === true,
      rights: given.rights,
      hasInput: container['stdin'] === true,
      log,
    },
  };
}

/** ConfigMaps and Secrets of the pod's namespace. */
export function lookupIn(context: NodeContext, pod: KubeObject): Lookup {
  return (resource, name) => context.store.get(resource, pod.metadata.namespace ?? null, name);
}

/** `command` replaces the image's, `args` alone are given to the image; `$(NAME)` is expanded in both. */
function commandOf(container: Part, values: Readonly<Record<string, string>>): string[] {
  const own: string[] | undefined = container['command'];
  const args: string[] = container['args'] ?? [];
  const words = own === undefined ? (imageCommand(container['image'], args) ?? args) : [...own, ...args];
  return words.map((word) => expand(String(word), values));
}

/** What it sees as its own host name. */
export function hostnameOf(pod: KubeObject, node: string): string {
  if (pod['spec'].hostNetwork === true) return node;
  return String(pod['spec'].hostname ?? pod.metadata.name).slice(0, MAX_HOSTNAME);
}

type VolumeMounts =
  | { readonly ok: true; readonly mounts: readonly Mount[] }
  | { readonly ok: false; readonly problem: string };

/** Outer paths first, so that a volume inside another lands in it. */
function volumeMounts(container: Part, volumes: Volumes): VolumeMounts {
  const mounts: Mount[] = [];
  for (const { name, mountPath, subPath, readOnly } of (container['volumeMounts'] ?? []) as Part[]) {
    const volume = volumes.get(name);
    if (volume === null) return { ok: false, problem: `volume "${name}" is not mounted` };
    const target = normalize(isAbsolute(mountPath) ? mountPath : `/${mountPath}`);
    const source = subPath ? subFolder(volume.path, subPath, volume.isReadOnly) : volume.path;
    if (source === null)
      return {
        ok: false,
        problem: `failed to prepare subPath for volumeMount "${name}" of container "${container['name']}"`,
      };
    mounts.push({ source, target, isReadOnly: volume.isReadOnly || readOnly === true });
  }
  return {
    ok: true,
    mounts: mounts.sort((left, right) => left.target.split('/').length - right.target.split('/').length),
  };
}

function subFolder(volume: string, subPath: string, isReadOnly: boolean): string | null {
  const wanted = join(volume, subPath);
  try {
    if (!isReadOnly) mkdirSync(wanted, { recursive: true });
    const real = realpathSync(wanted);
    return real.startsWith(`${realpathSync(volume)}${sep}`) ? real : null;
  } catch {
    return null;
  }
}
