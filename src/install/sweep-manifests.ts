/** A scheduled sweep → the objects that it is in the cluster. Pure. */
import type { ApiObject } from '../api/cluster-client.ts';
import { CLUSTER_NAME } from '../api/kubeconfig.ts';
import type { PullChoice } from '../model/request.ts';
import { CONTROL_NAMESPACE, MANAGED_BY } from '../place/names.ts';
import { NO_INJECTION, POD_USER } from '../place/pod.ts';
import type { Kind } from './kinds.ts';
import { HISTORY_CLAIM, SWEEP } from './names.ts';

export interface SweepInstallation {
  /** As a CronJob takes it. */
  readonly schedule: string;
  /** null: that of the control plane. */
  readonly timeZone: string | null;
  /** The sweep file, as text. */
  readonly file: string;
  /** How long one sweep may take, by the file. */
  readonly timeoutMs: number;
  /** kprobe's own image, for the sweep and for its probes. */
  readonly image: string;
  readonly pull: PullChoice;
  /** null: sweeps are not compared with one another. */
  readonly history: { readonly size: string; readonly storageClass: string | null } | null;
  /** Secrets whose keys become environment variables: addresses that stand in no file. */
  readonly environmentSecrets: readonly string[];
  readonly hostVantages: boolean;
  /** What metrics and notices call this cluster; null: it stays without a name of its own. */
  readonly clusterName: string | null;
}

export interface SweepObject {
  readonly kind: Extract<Kind, 'ConfigMap' | 'PersistentVolumeClaim' | 'CronJob'>;
  readonly object: ApiObject & { readonly metadata: { readonly name: string; readonly namespace: string } };
}

/** Where the sweep finds its file, and keeps its history. */
const CONFIG_FOLDER = '/etc/kprobe';
export const HISTORY_FOLDER = '/var/lib/kprobe';
/** A sweep that could not begin in this time (no control plane, no room) waits for its next turn. */
const LATEST_START_SECONDS = 300;
/** On top of a sweep's own time: the pull of an image, and the way to the first line. */
const START_SECONDS = 180;
/** Jobs that stay to be looked at; the history has the rest. */
const KEPT_JOBS = 3;
/** Connected to an API server the CLI has up to 117 MB resident (measured); the rest is for the objects of a cluster and the samples of a sweep. */
const RESOURCES = { requests: { cpu: '100m', memory: '192Mi' }, limits: { cpu: '1', memory: '512Mi' } };

export function sweepObjects(sweep: SweepInstallation): SweepObject[] {
  const claim = sweep.history === null ? [] : [historyClaim(sweep.history)];
  return [sweepFile(sweep.file), ...claim, cronJob(sweep)];
}

const metadata = (name: string) => ({ name, namespace: CONTROL_NAMESPACE, labels: MANAGED_BY });

function sweepFile(file: string): SweepObject {
  const object = { apiVersion: 'v1', kind: 'ConfigMap', metadata: metadata(SWEEP), data: { 'sweep.yaml': file } };
  return { kind: 'ConfigMap', object };
}

function historyClaim({ size, storageClass }: NonNullable<SweepInstallation['history']>): SweepObject {
  const spec = {
    accessModes: ['ReadWriteOnce'],
    resources: { requests: { storage: size } },
    ...(storageClass === null ? {} : { storageClassName: storageClass }),
  };
  const object = { apiVersion: 'v1', kind: 'PersistentVolumeClaim', metadata: metadata(HISTORY_CLAIM), spec };
  return { kind: 'PersistentVolumeClaim', object };
}

function cronJob(sweep: SweepInstallation): SweepObject {
  const spec = {
    schedule: sweep.schedule,
    ...(sweep.timeZone === null ? {} : { timeZone: sweep.timeZone }),
    // Two sweeps at once would measure each other, and one volume takes one of them only.
    concurrencyPolicy: 'Forbid',
    startingDeadlineSeconds: LATEST_START_SECONDS,
    successfulJobsHistoryLimit: KEPT_JOBS,
    failedJobsHistoryLimit: KEPT_JOBS,
    jobTemplate: {
      spec: {
        // What failed now is tried again at the next turn.
        backoffLimit: 0,
        activeDeadlineSeconds: Math.ceil(sweep.timeoutMs / 1000) + START_SECONDS,
        template: {
          metadata: { labels: { ...MANAGED_BY, ...SWEEP_LABEL }, annotations: NO_INJECTION },
          spec: podSpec(sweep),
        },
      },
    },
  };
  return { kind: 'CronJob', object: { apiVersion: 'batch/v1', kind: 'CronJob', metadata: metadata(SWEEP), spec } };
}

/** On the pods of sweeps. */
export const SWEEP_LABEL = { 'app.kubernetes.io/component': 'sweep' } as const;

function podSpec(sweep: SweepInstallation): ApiObject {
  const { history, pull } = sweep;
  const mounts = [
    { name: 'config', mountPath: CONFIG_FOLDER, readOnly: true },
    { name: 'tmp', mountPath: '/tmp' },
    ...(history === null ? [] : [{ name: 'history', mountPath: HISTORY_FOLDER }]),
  ];
  const volumes = [
    { name: 'config', configMap: { name: SWEEP } },
    { name: 'tmp', emptyDir: { sizeLimit: '64Mi' } },
    ...(history === null ? [] : [{ name: 'history', persistentVolumeClaim: { claimName: HISTORY_CLAIM } }]),
  ];
  return {
    restartPolicy: 'Never',
    serviceAccountName: 'kprobe',
    enableServiceLinks: false,
    ...(pull.secrets.length > 0 ? { imagePullSecrets: pull.secrets.map((name) => ({ name })) } : {}),
    securityContext: {
      runAsNonRoot: true,
      runAsUser: POD_USER,
      runAsGroup: POD_USER,
      // A fresh volume belongs to root.
      fsGroup: POD_USER,
      fsGroupChangePolicy: 'OnRootMismatch',
      seccompProfile: { type: 'RuntimeDefault' },
    },
    containers: [
      {
        name: 'sweep',
        image: sweep.image,
        imagePullPolicy: pull.policy,
        command: ['kprobe'],
        args: sweepArguments(sweep),
        env: sweep.clusterName === null ? [] : [{ name: CLUSTER_NAME, value: sweep.clusterName }],
        envFrom: sweep.environmentSecrets.map((name) => ({ secretRef: { name } })),
        resources: RESOURCES,
        securityContext: {
          allowPrivilegeEscalation: false,
          readOnlyRootFilesystem: true,
          capabilities: { drop: ['ALL'] },
        },
        volumeMounts: mounts,
      },
    ],
    volumes,
  };
}

/** A faulty target is what a sweep is there to find, and no failure of its Job: --exit-zero leaves that to sweeps that could measure nothing. */
function sweepArguments({ history, image, pull, hostVantages }: SweepInstallation): string[] {
  return [
    'sweep',
    '--file',
    `${CONFIG_FOLDER}/sweep.yaml`,
    '--history',
    history === null ? 'none' : `${HISTORY_FOLDER}/history.sqlite`,
    '--image',
    image,
    '--pull-policy',
    pull.policy,
    ...pull.secrets.flatMap((name) => ['--pull-secret', name]),
    ...(hostVantages ? [] : ['--no-host']),
    '--exit-zero',
  ];
}
