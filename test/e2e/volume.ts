/** A volume for the history of sweeps, where a cluster makes none by itself. */

/** Also the name of its class: no cluster has it of its own. */
export const VOLUME = 'kprobe-e2e-history';
export const FOLDER = '/var/lib/kprobe-e2e-history';

/** Of the class that the claim asks for: a folder of one node. */
export function volume(node: string) {
  return {
    apiVersion: 'v1',
    kind: 'PersistentVolume',
    metadata: { name: VOLUME },
    spec: {
      capacity: { storage: '1Gi' },
      accessModes: ['ReadWriteOnce'],
      persistentVolumeReclaimPolicy: 'Retain',
      storageClassName: VOLUME,
      local: { path: FOLDER },
      nodeAffinity: {
        required: {
          nodeSelectorTerms: [
            { matchExpressions: [{ key: 'kubernetes.io/hostname', operator: 'In', values: [node] }] },
          ],
        },
      },
    },
  };
}
