/**
 * How long the head of an answer (status line and headers) may be that proxies take from an endpoint: one buffer of nginx, beyond which it answers 502
 * itself. ingress-nginx: docs/user-guide/nginx-configuration, annotations.md and configmap.md, proxy-buffer-size; F5's controller: "Advanced
 * configuration with Annotations", the same name; nginx: ngx_http_proxy_module, proxy_buffer_size, one page of memory. Proxies on Envoy (60 KiB) and
 * HAProxy (16 KiB) are left out: kprobe does not read where they set it.
 */
import type { HeadLimit } from '../model/cluster.ts';
import { INGRESS_NGINX } from '../model/ingress-nginx.ts';

const PREFIXES: Readonly<Record<string, string>> = {
  'ingress-nginx': INGRESS_NGINX,
  'nginx-ingress': 'nginx.org',
};
const SETTING = 'proxy-buffer-size';
const DEFAULT_BYTES = 4096;
const UNITS: Readonly<Record<string, number>> = { '': 1, k: 1024, m: 1024 * 1024 };

type Settings = Readonly<Record<string, string>>;

/** Of an Ingress, by its own annotation; `implementation` null: nobody is known to serve it, and it is read as ingress-nginx would. */
export function annotatedHeadLimit(
  annotations: Settings,
  implementation: string | null,
): { readonly headLimit?: HeadLimit } {
  const prefix = PREFIXES[implementation ?? 'ingress-nginx'];
  const bytes = prefix === undefined ? null : sizeOf(annotations[`${prefix}/${SETTING}`]);
  return bytes === null ? {} : { headLimit: { bytes, from: `annotation ${prefix}/${SETTING}` } };
}

/** Of the controller, from its ConfigMap; `data` null: that could not be read, and nothing is known. */
export function configuredHeadLimit(
  data: Settings | null,
  implementation: string,
  where: string,
): { readonly headLimit?: HeadLimit } {
  if (data === null || PREFIXES[implementation] === undefined) return {};
  const bytes = sizeOf(data[SETTING]);
  return {
    headLimit:
      bytes === null
        ? { bytes: DEFAULT_BYTES, from: `default of ${implementation}; ${where} sets no ${SETTING}` }
        : { bytes, from: `${SETTING} of ${where}` },
  };
}

/** As nginx writes sizes: `8k`. */
function sizeOf(text: string | undefined): number | null {
  const [, number, unit = ''] = /^\s*(\d{1,6})([km]?)\s*$/iu.exec(text ?? '') ?? [];
  const factor = UNITS[unit.toLowerCase()];
  return number === undefined || factor === undefined ? null : Number(number) * factor;
}
