/** `kprobe lint` on one page: objects from files, a cluster, or files over a cluster → what is wrong with them. */
import packageJson from '../package.json' with { type: 'json' };
import type { ApiObject, ApiProblem, ClusterClient, Resource } from './api/cluster-client.ts';
import { nameOf, textAt } from './api/fields.ts';
import { rbacName, RESOURCES } from './api/resources.ts';
import { declaredCluster } from './discover/declared.ts';
import { discover } from './discover/discover.ts';
import { readTemplate } from './discover/templates.ts';
import { lint } from './lint/lint.ts';
import { compared } from './lint/baseline.ts';
import { countsOf, reportOf } from './lint/report.ts';
import type { Given, ObjectRef } from './lint/material.ts';
import type { Manifest, Source } from './manifests/documents.ts';
import { placeOf } from './manifests/place.ts';
import { readManifests } from './manifests/read.ts';
import type { Cluster, Limitation } from './model/cluster.ts';
import type { LintReport, PodTemplate } from './model/lint.ts';

export interface LintRequest {
  /** Files and folders, `-` for standard input; null: the objects of the cluster. */
  readonly paths: readonly string[] | null;
  readonly stdin: AsyncIterable<Uint8Array | string>;
  /** Of objects in files that name none; of a cluster, the only one to judge. null: the context's, or `default`; all. */
  readonly namespace: string | null;
  /** null: nothing but the files is known. */
  readonly client: ClusterClient | null;
  readonly signal: AbortSignal;
  /** Keys that are accepted. */
  readonly baseline: ReadonlySet<string>;
}

/** Throws UserError where files cannot be read or are no YAML. */
export async function lintObjects(request: LintRequest): Promise<LintReport> {
  const startedAt = new Date();
  const began = performance.now();
  const { given, sources, notChecked } = await gather(request);
  const found = lint(given, (object, at) => {
    const source = sources.get(keyOf(object));
    return source === undefined ? null : placeOf(source, at);
  });
  const { findings, gone } = compared(found.findings, request.baseline);
  return reportOf({
    findings,
    gone,
    notChecked: [...notChecked, ...found.notChecked],
    checked: countsOf(given),
    given,
    run: { startedAt: startedAt.toISOString(), tookMs: performance.now() - began, kprobe: packageJson.version },
  });
}

interface Gathered {
  readonly given: Given;
  readonly sources: ReadonlyMap<string, Source>;
  readonly notChecked: LintReport['notChecked'];
}

async function gather({ paths, stdin, namespace, client, signal }: LintRequest): Promise<Gathered> {
  const read = paths === null ? null : await readManifests({ paths, stdin });
  const { base, live } = client === null ? { base: null, live: [] } : await readLive(client, signal);
  const notRead = (base?.unread ?? []).map(({ what, because }) => ({ what, because }));
  if (read === null) {
    const isSubject = (object: ObjectRef) => namespace === null || object.namespace === namespace;
    return {
      given: { cluster: base ?? fail(), isWhole: true, templates: live, opaque: new Set(), isSubject },
      sources: new Map(),
      notChecked: notRead,
    };
  }
  const manifests = read.manifests.map((each) => inNamespace(each, namespace ?? client?.namespace ?? 'default'));
  const declared = await declaredCluster(
    manifests.map(({ object }) => object),
    base,
  );
  const sources = new Map(manifests.map(({ object, source }) => [keyOf(refOf(object)), source]));
  const given = {
    cluster: declared.cluster,
    isWhole: base !== null,
    templates: mergedTemplates(live, declared.templates),
    opaque: declared.opaque,
    isSubject: (object: ObjectRef) => sources.has(keyOf(object)),
  };
  const odd = declared.unread.map((each) => ({
    what: placed(each, sources),
    because: 'its spec is not one that kprobe understands',
  }));
  const strange = read.strange.map((what) => ({
    what,
    because: 'not a Kubernetes object, which has apiVersion and kind',
  }));
  return { given, sources, notChecked: [...odd, ...strange, ...notRead] };
}

/** Without files there is a client: the command sees to it. */
function fail(): Cluster {
  throw new Error('neither files nor a cluster');
}

interface Live {
  readonly base: Cluster;
  readonly live: readonly PodTemplate[];
}

async function readLive(client: ClusterClient, signal: AbortSignal): Promise<Live> {
  const [cluster, { templates, unread }] = await Promise.all([
    discover(client, { signal }),
    liveTemplates(client.withSignal(signal)),
  ]);
  return { base: { ...cluster, unread: [...cluster.unread, ...unread] }, live: templates };
}

/** What may not be listed is left out, and said: pods of a workload that has none at the moment are then not known. */
async function liveTemplates(
  client: ClusterClient,
): Promise<{ readonly templates: PodTemplate[]; readonly unread: Limitation[] }> {
  const kinds = [
    ['Deployment', RESOURCES.deployments],
    ['StatefulSet', RESOURCES.statefulSets],
    ['DaemonSet', RESOURCES.daemonSets],
    ['CronJob', RESOURCES.cronJobs],
  ] as const;
  const lists = await Promise.all(
    kinds.map(async ([kind, resource]) => ({ kind, resource, listed: await client.list(resource) })),
  );
  return {
    // Items of a list do not say their kind.
    templates: lists.flatMap(({ kind, listed }) =>
      listed.ok ? listed.value.flatMap((object) => readTemplate({ ...object, kind })?.template ?? []) : [],
    ),
    unread: lists.flatMap(({ resource, listed }) => {
      // Discovery lists the others too, and says where it may not.
      const isToldHere = resource === RESOURCES.cronJobs && !listed.ok && listed.problem.status !== 404;
      return isToldHere ? [unlisted(resource, listed.problem)] : [];
    }),
  };
}

function unlisted(resource: Resource, { status, message }: ApiProblem): Limitation {
  const what = rbacName(resource);
  const because = status === 403 ? `may not list ${what} in all namespaces` : message;
  return { what, because, subject: { kind: 'resource', resource: resource.plural } };
}

function mergedTemplates(live: readonly PodTemplate[], declared: readonly PodTemplate[]): PodTemplate[] {
  return [...new Map([...live, ...declared].map((each) => [keyOf(each), each])).values()];
}

/** Kinds without a namespace, as far as they are looked at. */
const CLUSTER_WIDE = new Set(['Namespace', 'Node', 'IngressClass', 'GatewayClass']);

function inNamespace(manifest: Manifest, namespace: string): Manifest {
  const { object, source } = manifest;
  const named = nameOf(object);
  if (named === null || named.namespace !== '' || CLUSTER_WIDE.has(textAt(object, 'kind') ?? '')) return manifest;
  const { metadata } = object;
  return { source, object: { ...object, metadata: { ...(typeof metadata === 'object' ? metadata : {}), namespace } } };
}

function refOf(object: ApiObject): ObjectRef {
  const named = nameOf(object);
  return { kind: textAt(object, 'kind') ?? '', namespace: named?.namespace ?? null, name: named?.name ?? '' };
}

function keyOf({ kind, namespace, name }: ObjectRef): string {
  return `${kind} ${namespace ?? ''}/${name}`;
}

function placed(object: ObjectRef, sources: ReadonlyMap<string, Source>): string {
  const source = sources.get(keyOf(object));
  const says = `${object.kind} ${object.namespace}/${object.name}`;
  if (source === undefined) return says;
  const { file, line } = placeOf(source, { path: ['spec'] });
  return `${file}:${line}: ${says}`;
}
