/** A container's environment and command line. Pure but for the lookups given. */
import type { KubeObject } from '../model.ts';
import { containerResource, fieldValue } from './downward.ts';

type Part = Record<string, any>;

/** How ConfigMaps and Secrets of the pod's namespace are found. */
export type Lookup = (resource: 'configmaps' | 'secrets', name: string) => KubeObject | null;

export type Environment =
  | { readonly ok: true; readonly values: Readonly<Record<string, string>> }
  | { readonly ok: false; readonly problem: string };

/** What the container asks for, over `base`. A missing key is a configuration error, as in Kubernetes. */
export function environmentOf(
  pod: KubeObject,
  container: Part,
  from: { base: Readonly<Record<string, string>>; lookup: Lookup },
): Environment {
  const values: Record<string, string> = { ...from.base };
  for (const source of asList(container['envFrom'])) {
    const problem = importAll(values, source, from.lookup);
    if (problem !== null) return { ok: false, problem };
  }
  for (const variable of asList(container['env'])) {
    const name: string = variable['name'];
    if (variable['valueFrom'] === undefined) {
      values[name] = expand(String(variable['value'] ?? ''), values);
      continue;
    }
    const found = valueFrom(pod, container, { source: variable['valueFrom'], lookup: from.lookup });
    if (!found.ok) return found;
    if (found.value !== null) values[name] = found.value;
  }
  return { ok: true, values };
}

/** `$(NAME)` where NAME is set; `$$(NAME)` escapes it; all else stays. */
export function expand(text: string, values: Readonly<Record<string, string>>): string {
  return text.replace(/\$\$|\$\(([^()]+)\)/g, (whole, name: string | undefined) =>
    name === undefined ? '$' : (values[name] ?? whole),
  );
}

function importAll(values: Record<string, string>, source: Part, lookup: Lookup): string | null {
  const isSecret = source['secretRef'] !== undefined;
  const reference: Part = source['secretRef'] ?? source['configMapRef'] ?? {};
  const object = lookup(isSecret ? 'secrets' : 'configmaps', reference['name']);
  if (object === null)
    return reference['optional'] === true
      ? null
      : `${isSecret ? 'secret' : 'configmap'} "${reference['name']}" not found`;
  for (const [key, value] of Object.entries<string>(object['data'] ?? {})) {
    values[`${source['prefix'] ?? ''}${key}`] = isSecret ? decode(value) : value;
  }
  return null;
}

type Found = { readonly ok: true; readonly value: string | null } | { readonly ok: false; readonly problem: string };

function valueFrom(pod: KubeObject, container: Part, about: { source: Part; lookup: Lookup }): Found {
  const { fieldRef, resourceFieldRef, configMapKeyRef, secretKeyRef } = about.source;
  if (fieldRef !== undefined) return { ok: true, value: fieldValue(pod, fieldRef.fieldPath) };
  if (resourceFieldRef !== undefined)
    return { ok: true, value: containerResource(container, resourceFieldRef.resource) };
  const reference: Part = configMapKeyRef ?? secretKeyRef ?? {};
  const kind = secretKeyRef === undefined ? 'configmap' : 'secret';
  const object = about.lookup(secretKeyRef === undefined ? 'configmaps' : 'secrets', reference['name']);
  const value: string | undefined = object?.['data']?.[reference['key']];
  if (value !== undefined) return { ok: true, value: kind === 'secret' ? decode(value) : value };
  if (reference['optional'] === true) return { ok: true, value: null };
  if (object === null) return { ok: false, problem: `${kind} "${reference['name']}" not found` };
  return {
    ok: false,
    problem: `couldn't find key ${reference['key']} in ${kind === 'secret' ? 'Secret' : 'ConfigMap'} ${pod.metadata.namespace}/${reference['name']}`,
  };
}

function decode(base64: string): string {
  return Buffer.from(base64, 'base64').toString('utf8');
}

function asList(value: unknown): Part[] {
  return Array.isArray(value) ? value : [];
}
