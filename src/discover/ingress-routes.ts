/** "Host and path go to a Service" as Traefik's IngressRoutes say it (doc.traefik.io, "IngressRoute"). Middlewares are not read. */
import type { ApiObject } from '../api/cluster-client.ts';
import { annotationsOf, at, listAt, nameOf, numberAt, portAt, textAt, textsAt } from '../api/fields.ts';
import type { Route, Upstream } from '../model/cluster.ts';
import type { IngressClass } from './routes.ts';
import { readRule } from './traefik-rule.ts';

const CONTROLLER = 'traefik.io/ingress-controller';

export function readIngressRoutes(objects: readonly ApiObject[], classes: readonly IngressClass[]): Route[] {
  return objects.flatMap((object) => {
    const named = nameOf(object);
    if (named === null) return [];
    const common = {
      kind: 'IngressRoute' as const,
      ...named,
      className: classNameOf(object, classes),
      tls: isEncrypted(object),
      ...secretOf(object, named.namespace),
      publishedAddresses: [],
    };
    return listAt(object, 'spec', 'routes').flatMap((route) => {
      const to = servicesOf(route, named.namespace);
      return (readRule(textAt(route, 'match') ?? '') ?? []).flatMap(({ isConditional, ...meets }) =>
        to.map((each) => ({
          ...common,
          ...meets,
          ...each,
          ...(isConditional ? { isConditional: true as const } : {}),
        })),
      );
    });
  });
}

/** Traefik without `--providers.kubernetescrd.ingressclass` takes what names no class. */
function classNameOf(object: ApiObject, classes: readonly IngressClass[]): string {
  return (
    annotationsOf(object)['kubernetes.io/ingress.class'] ??
    classes.find(({ controller }) => controller === CONTROLLER)?.name ??
    'traefik'
  );
}

/** The entry point that its chart gives to HTTPS. */
const SECURE = 'websecure';

function isEncrypted(object: ApiObject): boolean {
  const points = textsAt(object, 'spec', 'entryPoints');
  return at(object, 'spec', 'tls') !== undefined || (points.length > 0 && points.every((each) => each === SECURE));
}

function secretOf(object: ApiObject, namespace: string): Pick<Route, 'tlsSecret'> {
  const name = textAt(object, 'spec', 'tls', 'secretName');
  return name === null ? {} : { tlsSecret: { namespace, name } };
}

type To = Pick<Route, 'service' | 'serviceNamespace' | 'port'> &
  Partial<Pick<Route, 'weight' | 'upstream' | 'leadsTo'>>;

const UPSTREAMS: Readonly<Record<string, Upstream>> = { https: 'https', h2c: 'tcp' };

/** A TraefikService shares out or mirrors: what is behind it is not read. */
function servicesOf(route: unknown, own: string): To[] {
  const services = listAt(route, 'services').filter((each) => at(each, 'weight') !== 0);
  const nowhere = { service: '', serviceNamespace: own, port: 0 };
  // Its middlewares answer (a redirect, mostly): Traefik refuses a router without a service otherwise.
  if (services.length === 0) return [{ ...nowhere, leadsTo: 'answer' }];
  return services.flatMap((each): To[] => {
    const weight = services.length > 1 ? { weight: numberAt(each, 'weight') ?? 1 } : {};
    if ((textAt(each, 'kind') ?? 'Service') !== 'Service') return [{ ...nowhere, leadsTo: 'other', ...weight }];
    const [service, port] = [textAt(each, 'name'), portAt(each, 'port')];
    if (service === null || port === null) return [];
    const upstream = UPSTREAMS[textAt(each, 'scheme') ?? ''];
    return [
      {
        service,
        serviceNamespace: textAt(each, 'namespace') ?? own,
        port,
        ...weight,
        ...(upstream === undefined ? {} : { upstream }),
      },
    ];
  });
}
