/** Where a run stands in one namespace: the namespace itself, and the ConfigMap that owns all that the run makes there. */
import { gzipSync } from 'node:zlib';
import type { ApiObject, ApiResult, ClusterClient } from '../api/cluster-client.ts';
import { textAt } from '../api/fields.ts';
import { RESOURCES } from '../api/resources.ts';
import { configMapName, LASTS_ANNOTATION, MANAGED_BY, partName, RUN_LABEL } from './names.ts';
import { isOwnNamespace, ownLabels } from './own-namespaces.ts';

/** Longer files are sent compressed: all files of a ConfigMap together have 1 MiB (kubernetes.io, ConfigMap: Motivation). */
const LONGEST_PLAIN = 16 * 1024;

export interface RunConfigMap {
  readonly uid: string;
  /** When it was made, on the API server's clock: Unix milliseconds. */
  readonly madeAtMs: number;
}

export interface RunConfigMapParts {
  readonly namespace: string;
  readonly run: string;
  readonly lastsMs: number;
  /** File names and contents. Long `.json` files arrive gzipped under the same name; the agent reads both. */
  readonly files: Readonly<Record<string, string>>;
}

/** Makes the ConfigMap, and before it the namespace where that is kprobe's own and missing. */
export async function makeRunConfigMap(
  client: ClusterClient,
  parts: RunConfigMapParts,
): Promise<ApiResult<RunConfigMap>> {
  const first = await client.create(RESOURCES.configMaps, configMap(parts));
  const isHomeless = !first.ok && first.problem.status === 404 && isOwnNamespace(parts.namespace);
  if (!isHomeless) return runConfigMapOf(first);
  const made = await client.create(RESOURCES.namespaces, ownNamespace(parts.namespace));
  if (!made.ok && made.problem.status !== 409) {
    const message = `namespace ${parts.namespace} does not exist and may not be made: ${made.problem.message}`;
    return { ok: false, problem: { ...made.problem, message } };
  }
  return runConfigMapOf(await client.create(RESOURCES.configMaps, configMap(parts)));
}

/** A further ConfigMap, of a run whose files do not fit into one. It dies with the first. */
export function makePart(
  client: ClusterClient,
  parts: RunConfigMapParts & { readonly part: number; readonly ownerUid: string },
): Promise<ApiResult<ApiObject>> {
  const first = configMap(parts);
  const owner = { apiVersion: 'v1', kind: 'ConfigMap', name: configMapName(parts.run), uid: parts.ownerUid };
  const name = partName(parts.run, parts.part);
  const metadata = { ...first.metadata, name, ownerReferences: [owner] };
  return client.create(RESOURCES.configMaps, { ...first, metadata });
}

function runConfigMapOf(made: ApiResult<ApiObject>): ApiResult<RunConfigMap> {
  if (!made.ok) return made;
  const uid = textAt(made.value, 'metadata', 'uid') ?? '';
  const madeAtMs = Date.parse(textAt(made.value, 'metadata', 'creationTimestamp') ?? '') || 0;
  return { ok: true, value: { uid, madeAtMs } };
}

function configMap({ namespace, run, lastsMs, files }: RunConfigMapParts): ApiObject & { readonly metadata: object } {
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: {
      name: configMapName(run),
      namespace,
      labels: { ...MANAGED_BY, [RUN_LABEL]: run },
      annotations: { [LASTS_ANNOTATION]: String(Math.ceil(lastsMs / 1000)) },
    },
    // The kubelet need not watch what never changes.
    immutable: true,
    ...contentsOf(files),
  };
}

/** What a file takes up in a ConfigMap, with its name and the marks around it. */
export function storedBytes(name: string, text: string): number {
  const content = isLong(name, text) ? packed(text) : JSON.stringify(text);
  return Buffer.byteLength(name) + Buffer.byteLength(content) + 8;
}

function isLong(name: string, text: string): boolean {
  return name.endsWith('.json') && text.length > LONGEST_PLAIN;
}

function packed(text: string): string {
  return gzipSync(text).toString('base64');
}

function contentsOf(files: RunConfigMapParts['files']): { data: object; binaryData?: object } {
  const all = Object.entries(files);
  const data = Object.fromEntries(all.filter(([name, text]) => !isLong(name, text)));
  const long = all.filter(([name, text]) => isLong(name, text)).map(([name, text]) => [name, packed(text)]);
  return long.length === 0 ? { data } : { data, binaryData: Object.fromEntries(long) };
}

/** The manifest of a namespace of kprobe's own. */
export function ownNamespace(name: string): ApiObject {
  return { apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels: ownLabels(name) } };
}
