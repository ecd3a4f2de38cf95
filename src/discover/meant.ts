/** A target that is asked for by who serves it: what its clients ask. `deploy/web` → its Service, `ingress/web` → its host. Pure. */
import type { Cluster, ObjectName, Pod } from '../model/cluster.ts';
import { list } from '../model/format.ts';
import { named } from '../model/named.ts';
import { suggest } from '../model/nearest.ts';
import { UserError } from '../model/user-error.ts';
import { isHeadless } from './backends.ts';
import { assertNamespace } from './namespaces.ts';
import { selects } from './selects.ts';
import type { Asked } from './target-input.ts';
import { assertRead } from './unread.ts';
import { resolveWorkload } from './workload.ts';

type Of<Kind extends Asked['kind']> = Extract<Asked, { kind: Kind }>;

/** Throws UserError where there is none such, or where it is reached in several ways, of which it is the user's to choose. */
export function whatIsMeant(
  asked: Of<'workload' | 'route'>,
  cluster: Cluster,
  namespace: string,
): Of<'service' | 'pod' | 'host'> {
  return asked.kind === 'route' ? hostOf(asked, cluster, namespace) : serviceOf(asked, cluster, namespace);
}

/** Clients reach a workload through the Service that selects its pods; one that has none, by a pod. */
function serviceOf({ word, name, port }: Of<'workload'>, cluster: Cluster, namespace: string): Of<'service' | 'pod'> {
  const names = resolveWorkload(cluster, `${word}/${name}`, namespace).pods;
  const pods = names.flatMap((each) => named(cluster.pods, each) ?? []);
  const isOfIts = (pod: Pod) => cluster.services.filter((service) => selects(service, pod));
  assertRead(cluster, 'services', `The Service of ${word}/${name}`);
  const all = [...new Set(pods.flatMap(isOfIts))];
  // Beside the headless one of a StatefulSet its clients have another.
  const usual = all.filter((each) => !isHeadless(each));
  const services = usual.length > 0 ? usual : all;
  const [service, ...more] = services;
  const [pod] = names;
  if (service === undefined && pod !== undefined) return { kind: 'pod', ...pod, port };
  if (service === undefined || more.length > 0) throw severalWays(`${word}/${name}`, services);
  return { kind: 'service', namespace: service.namespace, name: service.name, port };
}

function severalWays(written: string, services: readonly ObjectName[]): UserError {
  return new UserError(`${written} is reached through ${services.length} Services`, {
    hint: `choose one: ${list(services.map(({ name }) => `svc/${name}`).toSorted())}`,
  });
}

/** The host of its rules, and the shortest of its paths there. */
function hostOf({ of, word, name }: Of<'route'>, cluster: Cluster, namespace: string): Of<'host'> {
  const all = cluster.routes.filter((route) => route.kind === of && route.name === name);
  const own = all.filter((route) => route.namespace === namespace);
  if (own.length === 0) throw noRoute({ of, word, name }, cluster, namespace);
  const hosts = [...new Set(own.map(({ host }) => host))];
  const [host = null, ...more] = hosts;
  if (host === null || host.startsWith('*') || more.length > 0) {
    const written = hosts.map((each) => each ?? 'any host');
    throw new UserError(`${of} ${namespace}/${name} serves ${list(written)}`, {
      hint: 'write the host that users ask for',
    });
  }
  const paths = own.map(({ path }) => path).toSorted((a, b) => a.length - b.length);
  return { kind: 'host', host, port: null, scheme: null, path: paths[0] ?? '/' };
}

function noRoute({ of, word, name }: Omit<Of<'route'>, 'kind'>, cluster: Cluster, namespace: string): UserError {
  const ofKind = cluster.routes.filter(({ kind }) => kind === of);
  const namesakes = ofKind.filter((route) => route.name === name).map((route) => route.namespace);
  assertRead(cluster, of === 'Ingress' ? 'ingresses' : 'httproutes', `${of} ${namespace}/${name}`);
  assertNamespace(cluster, namespace, `${of} ${name}`, namesakes);
  const [elsewhere] = namesakes;
  const here = ofKind.filter((route) => route.namespace === namespace).map((route) => `${word}/${route.name}`);
  return new UserError(`There is no ${of} ${name} with a rule in namespace ${namespace}`, {
    hint:
      elsewhere === undefined
        ? suggest(`${word}/${name}`, here, 'it has none that can be seen')
        : `there is one in namespace ${elsewhere}: -n ${elsewhere}`,
  });
}
