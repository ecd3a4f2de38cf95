/** What annotations of ingress-nginx begin with (docs/user-guide/nginx-configuration/annotations.md; `--annotations-prefix` may change it). */
export const INGRESS_NGINX = 'nginx.ingress.kubernetes.io';
