import { list } from '../../model/format.ts';
import type { Route, Service } from '../../model/cluster.ts';
import { nearestNames } from '../../model/nearest.ts';
import { defineDiagnosis } from '../engine/diagnosis.ts';
import type { Blame, Contrast } from '../engine/diagnosis.ts';
import type { Evidence, PathEvidence } from '../evidence/evidence.ts';
import { isFailing, isMereContrast } from '../evidence/failing.ts';
import { isWorking } from '../evidence/state.ts';
import { referenceGrant } from '../fixes/reference-grant.ts';
import { isClosedPort, nameOfBackend } from '../views/backends.ts';
import type { BackendView } from '../views/backends.ts';
import { isRefused } from '../views/unserved.ts';
import { wrongPorts } from '../views/wrong-ports.ts';
import type { WrongPort } from '../views/wrong-ports.ts';
import { NOT_PERMITTED, wrongReferences } from '../views/wrong-references.ts';
import type { WrongReference } from '../views/wrong-references.ts';
import { line } from '../words/words.ts';

/** Who names the port: the Service, or the route. */
type Wrong = WrongPort | WrongReference;

export default defineDiagnosis({
  id: 'wrong-backend-port',
  class: 'ingress',
  layer: 'service',
  title: 'Traffic is sent to a port on which the pods do not listen, while they listen on the one that they declare',
  why: 'Each connect is answered by a reset within a round trip, and an ingress answers 502; where a name leads to no port at all there is no endpoint, and it answers 503 (or 404, where the proxy then knows no route at all); a Gateway answers 500 for a Service that its route may not refer to. The pods are Ready, for their probes ask the right port.',
  test: 'Connects go to every endpoint at the port that the Service sends to, and to the port that its containers declare: the first is refused by the pods themselves, the second is open.',
  remedy:
    'Point targetPort (or the Service and port of the route) at the port that the containers declare; where a route refers to a Service of another namespace, a ReferenceGrant there admits it.',
  limits:
    'Pods that declare no port, or the wrong one, leave nothing to compare with: then it is refused-connection. A port of another kind (metrics) that answers all the same is not found.',
  experiments: ['declared-ports', 'endpoints', 'service-address', 'entries'],
  suspects: (evidence): Wrong[] => [...wrongReferences(evidence), ...wrongPorts(evidence)],
  arm: (wrong, evidence) => {
    if (wrong.by === 'grant') return { paths: atEntries(evidence), fails: isAnsweredByError(evidence) };
    const paths = wrong.by === 'number' ? hopsOf(wrong.views) : inFront(evidence);
    return {
      paths,
      fails:
        wrong.by === 'number'
          ? wrong.views.every(isClosedPort)
          : paths.length > 0 && paths.every((path) => isFailing(evidence, path) || !isWorking(path) || isRefused(path)),
    };
  },
  contrasts: (wrong, evidence) => {
    if (wrong.by === 'grant') return [behindContrast(evidence), statusContrast(wrong.route)];
    if (wrong.by === 'protocol') return [straightContrast(evidence)];
    if (wrong.by !== 'number') return [];
    const declared = evidence.paths.filter((path) => isMereContrast(path) && path.state !== 'unmeasured');
    const open = declared.filter(isWorking);
    return [
      {
        label: 'Declared',
        // Where it was not asked, or policy keeps kprobe from it, the closed port is all that is known: refused-connection.
        holds: open.length > 0,
        says: `the same pods accept connects on port ${list(portsOf(open))}, which their containers declare`,
        attempts: open.flatMap(({ answered }) => answered),
        settles: 'Connect to the port that the containers declare, from where policy lets you.',
      },
    ];
  },
  suffer: (wrong, evidence) => (wrong.by === 'grant' ? [] : inFront(evidence)),
  blame: (wrong) => {
    switch (wrong.by) {
      case 'number':
        return blameNumber(wrong);
      case 'name':
        return blameName(wrong);
      case 'protocol':
        return blameProtocol(wrong);
      case 'grant':
        return blameGrant(wrong);
      case 'route':
        return blameRoute(wrong);
      case 'nothing':
        return blameNothing(wrong);
      default:
        return wrong satisfies never;
    }
  },
});

/** The endpoints answer by TCP what the Service does not pass on: a server of UDP would not. */
function straightContrast({ paths }: Evidence): Contrast {
  const direct = paths.filter(({ path: { to }, state }) => to.kind === 'backend' && state !== 'unmeasured');
  const open = direct.filter(isWorking);
  return {
    label: 'Straight',
    holds: open.length > 0,
    says: `the pods answer by TCP when they are asked directly (${open.length} of ${direct.length} paths)`,
    attempts: open.flatMap(({ answered }) => answered).slice(0, 10),
    settles: 'Connect to the pods directly, by TCP.',
  };
}

function hopsOf(views: readonly BackendView[]): PathEvidence[] {
  return views.flatMap(({ unobstructed }) => unobstructed.map(({ path }) => path));
}

/** The Service's address and the entries: all that leads to the wrong port. */
function inFront({ paths }: Evidence): PathEvidence[] {
  return paths.filter(
    ({ path: { to }, state }) => (to.kind === 'service' || to.kind === 'entry') && state !== 'unmeasured',
  );
}

function atEntries({ paths }: Evidence): PathEvidence[] {
  return paths.filter(({ path: { to }, state }) => to.kind === 'entry' && state !== 'unmeasured');
}

/** The proxy answers for what it may not pass on; of several Services of a rule only the share of this one. */
function isAnsweredByError(evidence: Evidence): boolean {
  const paths = atEntries(evidence);
  return paths.some(({ answered }) => answered.some(({ sample }) => (sample.http?.status ?? 0) >= 500));
}

function behindContrast({ paths }: Evidence): Contrast {
  const direct = paths.filter(({ path: { to }, state }) => to.kind === 'backend' && state !== 'unmeasured');
  const well = direct.filter(
    (path) => isWorking(path) && path.answered.every(({ sample }) => (sample.http?.status ?? 0) < 500),
  );
  return {
    label: 'Behind it',
    holds: direct.length === 0 ? null : well.length > 0,
    says: `the endpoints of the Service answer the same request directly (${well.length} of ${direct.length} paths)`,
    attempts: well.flatMap(({ answered }) => answered).slice(0, 10),
    settles: 'Ask the endpoints of the Service directly.',
  };
}

function statusContrast(route: Route): Contrast {
  const said = (route.conditions ?? []).find(({ reason }) => reason === NOT_PERMITTED);
  return {
    label: 'Controller',
    holds: said === undefined ? null : true,
    says: `the status of the route says that ${said?.type ?? ''} is False (${NOT_PERMITTED})${said?.message ? `: ${said.message}` : ''}`,
    attempts: [],
    settles: `Look at the status of the route: a controller that refuses the reference says ${NOT_PERMITTED}.`,
  };
}

function portsOf(paths: readonly PathEvidence[]): string[] {
  return [...new Set(paths.flatMap(({ path: { to } }) => ('port' in to ? String(to.port) : [])))];
}

function blameNumber({ service, views }: Extract<Wrong, { by: 'number' }>): Blame {
  const port = views[0]?.backend.port ?? 0;
  const declared = [...new Set(views.flatMap(({ pod }) => pod?.ports.map((each) => each.port) ?? []))];
  if (service.clusterIps.length === 0) return blameHeadless({ service, views }, port, declared);
  return {
    title: `Service ${nameOf(service)} sends to port ${port}; its pods listen on ${list(declared.map(String))}`,
    object: objectOf(service),
    where: null,
    lines: [line('Who', `${list(views.map(nameOfBackend))} answer port ${port} with a reset`)],
    fix: {
      says: `Set targetPort of Service ${nameOf(service)} to ${declared[0]} (the port that its pods declare).`,
      manifest: null,
    },
  };
}

/** Its clients connect to the pods themselves, at the port that they chose. */
function blameHeadless(
  { service, views }: Pick<Extract<Wrong, { by: 'number' }>, 'service' | 'views'>,
  port: number,
  declared: readonly number[],
): Blame {
  return {
    title: `Service ${nameOf(service)} is headless, so nothing translates port ${port}; its pods listen on ${list(declared.map(String))}`,
    object: objectOf(service),
    where: null,
    lines: [line('Who', `${list(views.map(nameOfBackend))} answer port ${port} with a reset`)],
    fix: {
      says: `Let clients ask for port ${declared[0]} (the name leads straight to the pods), or give the Service a ClusterIP, which translates ports.`,
      manifest: null,
    },
  };
}

function blameName({ service, port, pods }: Extract<Wrong, { by: 'name' }>): Blame {
  return {
    title: `Service ${nameOf(service)} sends to a port named ${port}, which none of its pods has`,
    object: objectOf(service),
    where: null,
    lines: [line('Who', `its pods are Ready and declare ${pods.length === 0 ? 'no port' : list(pods)}`)],
    fix: {
      says: `Name in targetPort of Service ${nameOf(service)} a port that its pods declare${pods[0] === undefined ? '' : `: ${pods[0]}`}.`,
      manifest: null,
    },
  };
}

function blameProtocol({ service, port }: Extract<Wrong, { by: 'protocol' }>): Blame {
  const name = `${service.namespace}/${service.name}`;
  return {
    title: `Service ${name} passes port ${port} on by UDP alone, and its pods answer by TCP`,
    object: { kind: 'Service', namespace: service.namespace, name: service.name },
    where: null,
    fix: {
      says: `Set protocol of port ${port} of Service ${name} to TCP (the default), or add a second port of the same number.`,
      manifest: null,
    },
  };
}

function blameGrant({ route }: Extract<Wrong, { by: 'grant' }>): Blame {
  const { kind, namespace, name, service, serviceNamespace } = route;
  return {
    title: `${kind} ${nameOf(route)} may not refer to Service ${serviceNamespace}/${service}: no ReferenceGrant in namespace ${serviceNamespace} admits it`,
    object: { kind, namespace, name },
    where: null,
    lines: [
      line(
        'Who',
        `the Service is in namespace ${serviceNamespace}, the route in ${namespace}: the owner of the Service has to admit it`,
      ),
    ],
    fix: {
      says: `Whoever owns namespace ${serviceNamespace} admits it by a ReferenceGrant there, or the route moves beside its Service.`,
      manifest: referenceGrant(route),
    },
  };
}

function blameRoute({ service, route }: Extract<Wrong, { by: 'route' }>): Blame {
  const ports = service.ports.map(({ name, port }) => (name === null ? String(port) : `${port} (${name})`));
  return {
    title: `${route.kind} ${nameOf(route)} leads to port ${route.port} of Service ${nameOf(service)}, which has no such port`,
    object: { kind: route.kind, namespace: route.namespace, name: route.name },
    where: null,
    lines: [line('Who', `the Service has port ${list(ports)}`)],
    fix: {
      says: `Set the port of ${route.kind} ${nameOf(route)} to ${ports[0] ?? 'one of the Service'}.`,
      manifest: null,
    },
  };
}

function blameNothing({ route, known }: Extract<Wrong, { by: 'nothing' }>): Blame {
  const { serviceNamespace: namespace, service } = route;
  if (route.leadsTo === 'nothing') return blameEmptyRule(route);
  const [near] = nearestNames(service, known);
  return {
    title: `${route.kind} ${nameOf(route)} leads to Service ${namespace}/${service}, which does not exist`,
    object: { kind: route.kind, namespace: route.namespace, name: route.name },
    where: null,
    lines: [line('Who', `namespace ${namespace} has ${known.length === 0 ? 'no Service' : `Service ${list(known)}`}`)],
    fix: {
      says: `Name in ${route.kind} ${nameOf(route)} a Service of namespace ${namespace}${near === undefined ? ', or create it' : `: ${near}, if that is meant`}.`,
      manifest: null,
    },
  };
}

function blameEmptyRule(route: Route): Blame {
  return {
    title: `${route.kind} ${nameOf(route)} names no Service for ${route.path}, or only such as get no share`,
    object: { kind: route.kind, namespace: route.namespace, name: route.name },
    where: null,
    lines: [line('Who', 'its rule has no backend of a weight above zero, and no redirect')],
    fix: { says: `Name a Service in this rule of ${route.kind} ${nameOf(route)}.`, manifest: null },
  };
}

function nameOf({ namespace, name }: { namespace: string; name: string }): string {
  return `${namespace}/${name}`;
}

function objectOf({ namespace, name }: Service): Blame['object'] {
  return { kind: 'Service', namespace, name };
}
