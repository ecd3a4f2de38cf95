/** What the files of configMap, secret, downwardAPI and projected volumes say. Pure but for the lookups given. */
import type { KubeObject } from '../model.ts';
import { containerResource, fieldValue } from './downward.ts';
import type { Lookup } from './environment.ts';

type Part = Record<string, any>;

/** Files by relative path, with their modes. */
export type Files = ReadonlyMap<string, { readonly content: Buffer; readonly mode: number }>;

export type Content = { readonly ok: true; readonly files: Files } | { readonly ok: false; readonly problem: string };

/** The files of a volume; null for a kind that has none. */
export function volumeContent(pod: KubeObject, volume: Part, lookup: Lookup): Content | null {
  const sources: Part[] | undefined = volume['projected']?.sources ?? (hasFiles(volume) ? [volume] : undefined);
  if (sources === undefined) return null;
  const mode: number =
    (volume['projected'] ?? volume['configMap'] ?? volume['secret'] ?? volume['downwardAPI'])?.defaultMode ?? 0o644;
  const files = new Map<string, { content: Buffer; mode: number }>();
  for (const source of sources) {
    const problem = addSource(files, source, { pod, lookup, mode });
    if (problem !== null) return { ok: false, problem };
  }
  const unsafe = [...files.keys()].find((path) => path.startsWith('/') || path.split('/').includes('..'));
  return unsafe === undefined ? { ok: true, files } : { ok: false, problem: `invalid path ${JSON.stringify(unsafe)}` };
}

interface Adding {
  readonly pod: KubeObject;
  readonly lookup: Lookup;
  readonly mode: number;
}

function addSource(
  files: Map<string, { content: Buffer; mode: number }>,
  source: Part,
  { pod, lookup, mode }: Adding,
): string | null {
  if (source['downwardAPI'] !== undefined) {
    for (const item of asList(source['downwardAPI'].items)) {
      files.set(item['path'], { content: Buffer.from(downwardValue(pod, item)), mode: item['mode'] ?? mode });
    }
  }
  if (source['serviceAccountToken'] !== undefined) {
    files.set(source['serviceAccountToken'].path, { content: Buffer.from('kprobe-lab'), mode });
  }
  const isSecret = source['secret'] !== undefined;
  const reference: Part | undefined = source['configMap'] ?? source['secret'];
  if (reference === undefined) return null;
  const name: string = reference['name'] ?? reference['secretName'];
  const object = lookup(isSecret ? 'secrets' : 'configmaps', name);
  const isOptional = reference['optional'] === true;
  if (object === null) return isOptional ? null : `${isSecret ? 'secret' : 'configmap'} "${name}" not found`;
  const entries = entriesOf(object, isSecret);
  const items: Part[] = reference['items'] ?? [...entries.keys()].map((key) => ({ key, path: key }));
  for (const item of items) {
    const content = entries.get(item['key']);
    if (content !== undefined) files.set(item['path'], { content, mode: item['mode'] ?? mode });
    else if (!isOptional) return `references non-existent ${isSecret ? 'secret' : 'config'} key: ${item['key']}`;
  }
  return null;
}

function downwardValue(pod: KubeObject, item: Part): string {
  const { fieldRef, resourceFieldRef } = item;
  if (fieldRef !== undefined) return fieldValue(pod, fieldRef.fieldPath);
  const container = asList(pod['spec'].containers).find(({ name }) => name === resourceFieldRef?.containerName);
  return container === undefined ? '' : containerResource(container, resourceFieldRef.resource);
}

function entriesOf(object: KubeObject, isSecret: boolean): Map<string, Buffer> {
  const entries = new Map<string, Buffer>();
  for (const [key, value] of Object.entries<string>(object['data'] ?? {}))
    entries.set(key, Buffer.from(value, isSecret ? 'base64' : 'utf8'));
  for (const [key, value] of Object.entries<string>(object['binaryData'] ?? {}))
    entries.set(key, Buffer.from(value, 'base64'));
  return entries;
}

function hasFiles(volume: Part): boolean {
  return ['configMap', 'secret', 'downwardAPI'].some((kind) => volume[kind] !== undefined);
}

function asList(value: unknown): Part[] {
  return Array.isArray(value) ? value : [];
}
