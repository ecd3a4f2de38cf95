/** Reads a scenario's folder; everything that can be wrong with its files is one line with file, place and what to write. */
import { readFile, readdir, stat } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { LineCounter, parseAllDocuments, parseDocument, type Document } from 'yaml';
import type { z } from 'zod';
import { UserError } from '../model/user-error.ts';
import { nearest } from './nearest.ts';
import { Scenario } from './scenario.ts';
import type { Topology } from './model.ts';

/** Where the scenarios that come with kprobe live. */
export const SCENARIOS_FOLDER = join(import.meta.dirname, 'scenarios');

export interface LoadedScenario {
  readonly id: string;
  readonly scenario: Scenario;
  /** Kubernetes objects in the order of the file. */
  readonly manifests: readonly Manifest[];
}

export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
}

/** The ids of the scenarios that come with kprobe, sorted. */
export async function listScenarios(folder: string = SCENARIOS_FOLDER): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  return entries
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
    .toSorted();
}

/**
 * @param name an id, or the path of a folder.
 * @throws UserError
 */
export async function loadScenario(name: string, folder: string = SCENARIOS_FOLDER): Promise<LoadedScenario> {
  const path = await findFolder(name, folder);
  const [scenario, manifests] = await Promise.all([
    readScenario(join(path, 'scenario.yaml')),
    readManifests(join(path, 'manifests.yaml')),
  ]);
  return { id: basename(path), scenario, manifests };
}

/** The cluster that a scenario asks for. */
export function topologyOf({ nodes, profile, overlay, ingress, dnsReplicas }: Scenario): Topology {
  return {
    nodes,
    profile,
    overlay,
    dnsReplicas,
    ingress: ingress === 'none' ? null : { hostNetwork: ingress === 'host' },
  };
}

async function findFolder(name: string, folder: string): Promise<string> {
  const ids = await listScenarios(folder);
  if (ids.includes(name)) return join(folder, name);
  const path = resolve(name);
  if (name !== '' && (await isFolder(path))) return path;
  const close = nearest(name, ids);
  throw new UserError(`no scenario ${JSON.stringify(name)}, and no folder of that name`, {
    hint: close === null ? 'see: kprobe lab list' : `nearest: ${close}; all of them: kprobe lab list`,
  });
}

async function isFolder(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
}

async function readScenario(file: string): Promise<Scenario> {
  const lines = new LineCounter();
  const document = parseDocument(await read(file), { lineCounter: lines });
  assertYaml(file, document, lines);
  const checked = Scenario.safeParse(document.toJS());
  if (!checked.success) throw complain(file, { issue: checked.error.issues[0], document, lines });
  assertNodes(file, checked.data);
  return checked.data;
}

interface Complaint {
  readonly issue: z.core.$ZodIssue | undefined;
  readonly document: Document;
  readonly lines: LineCounter;
}

function complain(file: string, { issue, document, lines }: Complaint): UserError {
  const path = [...(issue?.path ?? [])].map((key) => (typeof key === 'symbol' ? String(key) : key));
  const unknown = issue?.code === 'unrecognized_keys' ? issue.keys[0] : undefined;
  const at = placeOf(document, lines, unknown === undefined ? path : [...path, unknown]);
  const where = path.length === 0 ? '' : ` in ${path.join('.')}`;
  if (unknown !== undefined) {
    const close = nearest(unknown, fieldsAt(path));
    return new UserError(`${file}:${at}: unknown field ${unknown}${where}`, {
      hint: close === null ? `known fields: ${fieldsAt(path).join(', ')}` : `did you mean ${close}?`,
    });
  }
  return new UserError(`${file}:${at}:${where === '' ? '' : `${where}:`} ${issue?.message ?? 'is malformed'}`);
}

/** Line and column of the deepest part of the path that is there. */
function placeOf(document: Document, lines: LineCounter, path: readonly (string | number)[]): string {
  for (let depth = path.length; depth >= 0; depth -= 1) {
    const node: unknown = document.getIn(path.slice(0, depth), true);
    const range = typeof node === 'object' && node !== null && 'range' in node ? node.range : null;
    if (!Array.isArray(range)) continue;
    const { line, col } = lines.linePos(range[0]);
    return `${line}:${col}`;
  }
  return '1:1';
}

/** The fields that the schema knows at a path; for a fault those of all kinds. */
function fieldsAt(path: readonly (string | number)[]): string[] {
  let schemas: unknown[] = [Scenario];
  for (const key of path) schemas = schemas.flatMap((schema) => inner(schema, key));
  return [...new Set(schemas.flatMap((schema) => Object.keys(shapeOf(schema) ?? {})))];
}

function inner(schema: unknown, key: string | number): unknown[] {
  return unwrap(schema).flatMap((plain) => {
    const { element } = plain as { element?: unknown };
    const found = typeof key === 'number' ? element : shapeOf(plain)?.[key];
    return found === undefined ? [] : unwrap(found);
  });
}

function unwrap(schema: unknown): unknown[] {
  const { def } = schema as { def?: { innerType?: unknown; options?: unknown[] } };
  if (def?.innerType !== undefined) return unwrap(def.innerType);
  return def?.options === undefined ? [schema] : def.options.flatMap(unwrap);
}

function shapeOf(schema: unknown): Record<string, unknown> | undefined {
  return (schema as { shape?: Record<string, unknown> }).shape;
}

/** Names become names of devices and namespaces; faults may only speak of nodes that exist. */
function assertNodes(file: string, { nodes, faults }: Scenario): void {
  const names = nodes.map(({ name }) => name);
  const odd = names.find(
    (name, index) => !/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/u.test(name) || names.indexOf(name) !== index,
  );
  if (odd !== undefined) throw new UserError(`${file}: node name ${JSON.stringify(odd)} is not a DNS label of its own`);
  if (names.length === 0 || names.length > MAX_NODES)
    throw new UserError(`${file}: nodes: 1 to ${MAX_NODES} are possible`);
  const spoken = faults.flatMap((fault) => {
    if (fault.kind !== 'drop-overlay') return 'on' in fault && fault.on !== undefined ? [fault.on] : [];
    return [fault.node, fault.from, fault.to, ...(fault.between ?? [])].filter((name) => name !== undefined);
  });
  const unknown = spoken.find((name) => !names.includes(name));
  if (unknown === undefined) return;
  const close = nearest(unknown, names);
  throw new UserError(`${file}: faults: no node ${JSON.stringify(unknown)}`, {
    hint: close === null ? `nodes: ${names.join(', ')}` : `did you mean ${close}?`,
  });
}

/** The address plan has one byte for the node, and a lab of hundreds would no longer be one machine's. */
const MAX_NODES = 100;

async function readManifests(file: string): Promise<Manifest[]> {
  const lines = new LineCounter();
  const documents = parseAllDocuments(await read(file), { lineCounter: lines });
  if ('empty' in documents) return [];
  return documents.flatMap((document) => {
    assertYaml(file, document, lines);
    const object: unknown = document.toJS();
    if (object === null) return [];
    if (isManifest(object)) return [object];
    const place = placeOf(document, lines, []);
    throw new UserError(`${file}:${place}: not a Kubernetes object: it needs apiVersion, kind and metadata.name`);
  });
}

function isManifest(object: unknown): object is Manifest {
  const { apiVersion, kind, metadata } = (object ?? {}) as Partial<Manifest>;
  return typeof apiVersion === 'string' && typeof kind === 'string' && typeof metadata?.name === 'string';
}

function assertYaml(file: string, document: Document.Parsed, lines: LineCounter): void {
  const [error] = document.errors;
  if (error === undefined) return;
  const { line, col } = lines.linePos(error.pos[0]);
  throw new UserError(`${file}:${line}:${col}: ${error.message.split('\n')[0]}`);
}

async function read(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    throw new UserError(`cannot read ${file}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
  }
}
