/** Which cluster, and as whom: the kubeconfig as kubectl would choose it, or the service account of the pod we run in. */
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import type { KubeConfig } from '@kubernetes/client-node';
import { UserError } from '../model/user-error.ts';
import { suggest } from '../model/nearest.ts';

/** Where every pod finds its service account (kubernetes.io documentation, "Accessing the API from a Pod"). */
const SERVICE_ACCOUNT_TOKEN = '/var/run/secrets/kubernetes.io/serviceaccount/token';

/** How a pod knows what its cluster is called: no kubeconfig tells it, and metrics of two clusters must not be taken for one. */
export const CLUSTER_NAME = 'KPROBE_CLUSTER_NAME';

export interface KubeconfigChoice {
  /** `--kubeconfig`; else $KUBECONFIG, else ~/.kube/config, else the pod's service account. */
  readonly kubeconfig?: string | undefined;
  readonly context?: string | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** Throws UserError where there is no usable kubeconfig or no such context. */
export async function loadKubeconfig(choice: KubeconfigChoice): Promise<KubeConfig> {
  const { KubeConfig } = await import('./library.ts');
  const config = new KubeConfig();
  const files = filesOf(choice);
  if (files.length > 0) {
    for (const file of files) addFile(config, file, new KubeConfig());
  } else if (choice.env['KUBERNETES_SERVICE_HOST'] !== undefined && existsSync(SERVICE_ACCOUNT_TOKEN)) {
    config.loadFromCluster();
    nameCluster(config, choice.env[CLUSTER_NAME] ?? '');
  } else {
    throw new UserError('No kubeconfig found, and this is not a pod of a cluster', {
      hint: 'set KUBECONFIG, pass --kubeconfig FILE, or try the built-in cluster: kprobe lab',
    });
  }
  chooseContext(config, choice.context);
  return config;
}

/** The client library calls every cluster from inside the same. */
function nameCluster(config: KubeConfig, name: string): void {
  const [context] = config.contexts;
  if (name === '' || context === undefined) return;
  config.contexts = [{ ...context, name }];
  config.setCurrentContext(name);
}

/** Like kubectl: an explicit file must exist; of the files that $KUBECONFIG lists, missing ones are passed over. */
function filesOf({ kubeconfig, env }: KubeconfigChoice): readonly string[] {
  if (kubeconfig !== undefined) return [kubeconfig];
  const listed = (env['KUBECONFIG'] ?? '').split(delimiter).filter((file) => file !== '');
  if (listed.length > 0) {
    const existing = listed.filter((file) => existsSync(file));
    if (existing.length > 0) return existing;
    throw new UserError(`No kubeconfig at ${listed.join(', ')}, where KUBECONFIG points`, {
      hint: 'correct or unset KUBECONFIG, or pass --kubeconfig FILE',
    });
  }
  const home = env['HOME'] ?? env['USERPROFILE'];
  const usual = home === undefined ? null : join(home, '.kube', 'config');
  return usual !== null && existsSync(usual) ? [usual] : [];
}

/** Adds the entries of a file; where two files have an entry of the same name the first one counts, as for kubectl. */
function addFile(config: KubeConfig, file: string, added: KubeConfig): void {
  try {
    added.loadFromFile(file, { onInvalidEntry: 'filter' });
  } catch (cause) {
    const { code } = cause as { code?: string };
    if (code === 'ENOENT')
      throw new UserError(`There is no kubeconfig at ${file}`, { cause, hint: 'correct --kubeconfig' });
    if (code === 'EACCES') throw new UserError(`The kubeconfig ${file} may not be read by this user`, { cause });
    const why = cause instanceof TypeError ? 'it holds no clusters and contexts' : firstLine(cause);
    throw new UserError(`The kubeconfig ${file} cannot be used: ${why}`, {
      cause,
      hint: 'kubectl config view shows its errors',
    });
  }
  config.currentContext ||= added.currentContext;
  for (const each of added.clusters)
    if (!config.clusters.some(({ name }) => name === each.name)) config.addCluster(each);
  for (const each of added.users) if (!config.users.some(({ name }) => name === each.name)) config.addUser(each);
  for (const each of added.contexts)
    if (!config.contexts.some(({ name }) => name === each.name)) config.addContext(each);
}

function chooseContext(config: KubeConfig, asked: string | undefined): void {
  const names = config.contexts.map(({ name }) => name);
  const wanted = asked ?? config.currentContext;
  if (wanted === undefined || wanted === '') {
    throw new UserError('The kubeconfig names no current context', {
      hint: names.length > 0 ? `choose one with --context: ${names.join(', ')}` : 'it has no contexts at all',
    });
  }
  if (!names.includes(wanted)) {
    throw new UserError(`The kubeconfig has no context "${wanted}"`, {
      hint: suggest(wanted, names, 'it has no contexts'),
    });
  }
  config.setCurrentContext(wanted);
  const cluster = config.getCurrentCluster();
  if (cluster === null || !/^https?:\/\//.test(cluster.server) || !URL.canParse(cluster.server)) {
    throw new UserError(`The context "${wanted}" leads to no cluster with a server address`, {
      hint: 'kubectl config view shows its clusters',
    });
  }
}

function firstLine(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split('\n')[0] ?? '';
}
