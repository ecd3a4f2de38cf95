/** The kubeconfig that leads to the lab. */
import { stringify } from 'yaml';

/** YAML for a kubeconfig with one context, `kprobe-lab`. */
export function kubeconfig(
  url: string,
  options: { readonly token?: string; readonly namespace?: string } = {},
): string {
  const name = 'kprobe-lab';
  return stringify({
    apiVersion: 'v1',
    kind: 'Config',
    // client-node speaks plain HTTP only to a server that it need not verify.
    clusters: [{ name, cluster: { server: url, 'insecure-skip-tls-verify': true } }],
    users: [{ name, user: options.token === undefined ? {} : { token: options.token } }],
    contexts: [
      {
        name,
        context: {
          cluster: name,
          user: name,
          ...(options.namespace !== undefined && { namespace: options.namespace }),
        },
      },
    ],
    'current-context': name,
  });
}
