/** Kubeconfigs for runs that are to see the cluster in another way than the suite does. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface Kubeconfig extends AsyncDisposable {
  readonly file: string;
}

/** @param user credentials, as a kubeconfig has them. */
export async function kubeconfigFor(cluster: object, user: object = {}): Promise<Kubeconfig> {
  const folder = await mkdtemp(join(tmpdir(), 'e2e-'));
  const file = join(folder, 'kubeconfig.json');
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'e2e', cluster }],
    users: [{ name: 'e2e', user }],
    contexts: [{ name: 'e2e', context: { cluster: 'e2e', user: 'e2e' } }],
    'current-context': 'e2e',
  };
  await writeFile(file, JSON.stringify(config), { mode: 0o600 });
  return { file, [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }) };
}
