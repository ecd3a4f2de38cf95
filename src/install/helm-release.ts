/** Whether an object is a Helm release's: Helm writes onto each whose it is (helm.sh, "Labels and Annotations"). Pure. */
import type { ApiObject } from '../api/cluster-client.ts';
import { textAt } from '../api/fields.ts';
import { shellWord } from '../render/shell.ts';

export interface HelmRelease {
  readonly name: string;
  readonly namespace: string;
}

export function helmReleaseOf(object: ApiObject): HelmRelease | null {
  const at = (key: string) => textAt(object, 'metadata', 'annotations', `meta.helm.sh/release-${key}`);
  const [name, namespace] = [at('name'), at('namespace')];
  return name === null || namespace === null ? null : { name, namespace };
}

/** `helm uninstall kprobe -n default` */
export function helmCommand(verb: 'uninstall' | 'upgrade', { name, namespace }: HelmRelease): string {
  return ['helm', verb, name, '-n', namespace].map(shellWord).join(' ');
}
