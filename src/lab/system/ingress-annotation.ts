/** What an Ingress tells ingress-nginx by one annotation; empty where it tells nothing. Pure. */
import type { KubeObject } from '../model.ts';

/** docs/user-guide/nginx-configuration/annotations.md. */
const PREFIX = 'nginx.ingress.kubernetes.io';

export function annotationOf({ metadata: { annotations = {} } }: KubeObject, key: string): string {
  return annotations[`${PREFIX}/${key}`]?.trim() ?? '';
}
