import { defineDiagnosis } from '../engine/diagnosis.ts';
import type { Blame, Contrast } from '../engine/diagnosis.ts';
import type { Evidence, PathEvidence } from '../evidence/evidence.ts';
import { controllerOf } from '../evidence/proxy.ts';
import { isWorking } from '../evidence/state.ts';
import type { ObjectName, Route, RouteCondition } from '../../model/cluster.ts';
import { absentIncludeOf, isRefused, isUnknownToProxies, refusalOf, rulesWithoutPath } from '../views/unserved.ts';
import { isUnread } from '../../model/unread.ts';
import { list } from '../../model/format.ts';
import { line } from '../words/words.ts';

type Named = NonNullable<Evidence['target']['route']>;

/** Nobody runs for the class; somebody does and says no; no rule of the host has the path; or the proxies have not taken it up. */
type Unserved =
  | { readonly by: 'class'; readonly route: Named; readonly state: State }
  | { readonly by: 'refusal'; readonly route: Named; readonly condition: RouteCondition }
  | { readonly by: 'path'; readonly route: Named; readonly rules: readonly Route[] }
  /** The rule for the path includes an object that is not there. */
  | { readonly by: 'include'; readonly route: Named; readonly absent: ObjectName }
  /** All of that is right, and its proxies answer as if there were no such route. */
  | { readonly by: 'unknown'; readonly route: Named };

interface State {
  readonly certain: boolean;
  readonly says: string;
  readonly detail: string;
}

export default defineDiagnosis({
  id: 'missing-ingress-controller',
  class: 'ingress',
  layer: 'ingress',
  title: 'Nobody serves this host, or this path of it',
  why: 'An Ingress or HTTPRoute is only a wish. Without a running controller for its class nothing listens for the host: connects are refused or run through the SYN schedule, and no event says so. Where a controller runs and refuses the route, no rule has the path, or the proxies have not taken up the route (a reload that failed for the object of somebody else), the proxy itself answers, mostly 404, and the application never hears of it.',
  test: 'The class that the route names is looked up among the classes, and its controller among the running pods; the statuses of route, Gateway and class are read, and all rules of the host are held against the path. Then every entry is asked, and the endpoints directly.',
  remedy:
    'Install the controller, or name a class that has one; do what the status of the route asks for; add a rule for the path.',
  limits:
    'A controller outside the cluster (cloud load balancers) has no pods: classes known to be of that kind are not reported. An unknown implementation is reported as possible only. Paths that are regular expressions of an Ingress are not read. That proxies have not taken up a right route is likely at most: what rewrites paths is not read either, and an application that is asked for another path may say 404 by itself.',
  experiments: ['entries', 'endpoints'],
  suspects: (evidence): Unserved[] => {
    const { target } = evidence;
    if (target.kind !== 'ingress' || target.route === null) return [];
    const absent = absentIncludeOf(evidence);
    if (absent !== null && target.entries.length > 0) return [{ by: 'include', route: target.route, absent }];
    const refusal = refusalOf(evidence);
    if (refusal !== null) return [{ by: 'refusal', route: target.route, condition: refusal }];
    const state = target.entries.length === 0 ? stateOf(evidence) : null;
    if (state !== null) return [{ by: 'class', route: target.route, state }];
    const rules = rulesWithoutPath(evidence);
    if (rules.length > 0) return [{ by: 'path', route: target.route, rules }];
    return isUnknownToProxies(evidence) ? [{ by: 'unknown', route: target.route }] : [];
  },
  arm: (unserved, evidence) => {
    if (unserved.by === 'class') return { paths: [], fails: unserved.state.certain ? true : null };
    const paths = entryPaths(evidence);
    const isNowhere = unserved.by === 'refusal' && evidence.target.entries.length === 0;
    return { paths, fails: isNowhere || (paths.length > 0 && paths.every(isRefused)) };
  },
  contrasts: ({ by }, evidence) => [
    ...(by === 'class' || by === 'include' ? [] : [behindContrast(evidence)]),
    ...(by === 'unknown' ? [ITS_LOG] : []),
  ],
  blame: (unserved, evidence) => {
    if (unserved.by === 'refusal') return blameRefusal(unserved, evidence);
    if (unserved.by === 'path') return blamePath(unserved, evidence);
    if (unserved.by === 'include') return blameInclude(unserved, evidence);
    if (unserved.by === 'unknown') return blameUnknown(unserved, evidence);
    const { route, state } = unserved;
    const { target, cluster } = evidence;
    const served = cluster.controllers.filter((each) => each.pods.length > 0).map((each) => each.className);
    const isPatchable = served[0] !== undefined && route.kind === 'Ingress';
    return {
      title: `${route.kind} ${route.namespace}/${route.name} is served by nobody: ${state.says}`,
      object: { kind: route.kind, namespace: route.namespace, name: route.name },
      where: null,
      lines: [
        line('You see', `${target.host ?? 'the host'} has no address in this cluster that answers for it`),
        line('Who', state.detail),
        line(
          'Classes',
          served.length > 0 ? `served here: ${list(served)}` : 'no class of this cluster has a running controller',
        ),
      ],
      fix: {
        says: isPatchable
          ? `kubectl -n ${route.namespace} patch ingress ${route.name} --type=merge -p '{"spec":{"ingressClassName":"${served[0]}"}}'`
          : `Install the controller of class ${target.className ?? '(none named)'}.`,
        manifest: null,
      },
    };
  },
});

const ITS_LOG: Contrast = {
  label: 'Its log',
  holds: null,
  says: '',
  attempts: [],
  settles:
    'Look at the access log of the proxies: no upstream for these requests, and they lack the route; an upstream, and the application was asked for another path or host.',
};

/** Implementations whose data path is a load balancer outside the cluster (policy of the cloud providers' controllers). */
const OUTSIDE = [
  'ingress.k8s.aws/alb',
  'gce',
  'gce-internal',
  'azure/application-gateway',
  'networking.gke.io/gateway',
  'gateway.k8s.aws/alb',
];

function stateOf({ target, cluster }: Evidence): State | null {
  const isBlind = isUnread(cluster, 'pods', 'ingressclasses', 'gatewayclasses', 'gateways');
  const { className } = target;
  if (className === null) {
    const says = 'it names no class and no class is the default';
    return {
      certain: !isBlind,
      says,
      detail: 'spec.ingressClassName is empty, there is no class annotation and no default IngressClass',
    };
  }
  const known = cluster.ingressClasses.find((each) => each.name === className);
  const controller = cluster.controllers.find((each) => each.className === className);
  if (known === undefined && target.route?.kind === 'Ingress') {
    const others = cluster.ingressClasses.map((each) => each.name);
    return {
      certain: !isBlind,
      says: `class ${className} does not exist`,
      detail: `there is no IngressClass ${className}${others.length > 0 ? `; there is ${list(others)}` : ', nor any other'}`,
    };
  }
  const name = known?.controller ?? controller?.controller ?? 'unknown';
  if (OUTSIDE.includes(name)) return null;
  if (controller !== undefined && controller.pods.length > 0) return null;
  const isKnown = controller !== undefined && controller.implementation !== 'unknown';
  return {
    certain: isKnown && !isBlind,
    says: `class ${className} has no running controller`,
    detail: controller === undefined ? `kprobe does not know the pods of ${name}` : `${name}: ${controller.foundBy}`,
  };
}

function entryPaths({ paths }: Evidence): PathEvidence[] {
  return paths.filter(({ path, state }) => path.to.kind === 'entry' && state !== 'unmeasured');
}

/** Where the endpoints answer what the entries refuse, it is not their refusal. */
function behindContrast(evidence: Evidence): Contrast {
  const direct = evidence.paths.filter(({ path, state }) => path.to.kind === 'backend' && state !== 'unmeasured');
  const well = direct.filter((path) => isWorking(path) && !isRefused(path));
  return {
    label: 'Behind it',
    holds: well.length > 0 ? true : null,
    says: `the endpoints answer the same request when they are asked directly (${well.length} of ${direct.length} paths)`,
    attempts: well.flatMap(({ answered }) => answered).slice(0, 10),
    settles: 'Ask for a path that a rule of the host has: if that is answered, this one only lacks its rule.',
  };
}

function nameOf({ kind, namespace, name }: Named): string {
  return `${kind} ${namespace === '' ? '' : `${namespace}/`}${name}`;
}

function blameRefusal({ route, condition }: Extract<Unserved, { by: 'refusal' }>, { target }: Evidence): Blame {
  const { type, reason, message, of } = condition;
  const isOwn = of.kind === route.kind;
  return {
    title: `${nameOf(route)} is not served${isOwn ? '' : ` by ${nameOf(of)}`}: ${type} is False (${reason})`,
    object: { ...of, namespace: of.namespace === '' ? null : of.namespace },
    where: null,
    lines: [line('Who', `the status of ${nameOf(of)} says: ${message === '' ? reason : message}`)],
    fix: {
      says: `Do what the status asks for: kubectl ${of.namespace === '' ? '' : `-n ${of.namespace} `}describe ${of.kind.toLowerCase()} ${of.name}${isOwn ? ` (parent ${target.className})` : ''}.`,
      manifest: null,
    },
  };
}

function blameInclude({ route, absent }: Extract<Unserved, { by: 'include' }>, { target }: Evidence): Blame {
  const named = `HTTPProxy ${absent.namespace}/${absent.name}`;
  return {
    title: `${nameOf(route)} includes ${named} for ${target.path}, and there is none`,
    object: { kind: route.kind, namespace: route.namespace, name: route.name },
    where: null,
    lines: [line('Who', `${nameOf(route)} leaves the path to ${named}, so the proxy answers for it by itself`)],
    fix: {
      says: `Create ${named}, or correct name and namespace under spec.includes of ${nameOf(route)}.`,
      manifest: null,
    },
  };
}

function blameUnknown({ route }: Extract<Unserved, { by: 'unknown' }>, evidence: Evidence): Blame {
  const [pod] = controllerOf(evidence)?.pods ?? [];
  const log = pod === undefined ? 'the log of the controller' : `kubectl -n ${pod.namespace} logs ${pod.name}`;
  return {
    title: `Every proxy answers 404 where the pods answer: none has taken up ${nameOf(route)}, or all ask for another path`,
    object: { kind: route.kind, namespace: route.namespace, name: route.name },
    where: null,
    lines: [line('Who', `${nameOf(route)}, its class and the Service that it names are right`)],
    fix: {
      says: `Look into ${log} for a configuration that was refused: proxies then go on with the last good one, often for the object of somebody else, and take up nothing new. If the access log names an upstream for these requests, look at what rewrites the path or the host.`,
      manifest: null,
    },
  };
}

/** More rules than these nobody reads. */
const MOST_RULES = 6;

function blamePath({ route, rules }: Extract<Unserved, { by: 'path' }>, { target }: Evidence): Blame {
  const asked = target.path.split('?')[0] ?? '/';
  const known = [...new Set(rules.map((rule) => `${rule.path}${rule.pathType === 'Exact' ? ' (exactly)' : ''}`))];
  const told = `${list(known.slice(0, MOST_RULES))}${known.length > MOST_RULES ? ` and ${known.length - MOST_RULES} more` : ''}`;
  const objects = [...new Set(rules.map(nameOf))];
  return {
    title: `No route of ${target.host ?? 'the host'} serves ${asked}; its routes are ${told}`,
    object: { kind: route.kind, namespace: route.namespace, name: route.name },
    where: null,
    lines: [
      line('Who', `${list(objects.slice(0, MOST_RULES))}: no rule has this path, so the proxy answers by itself`),
    ],
    fix: {
      says: `Ask for a path that is served, or add a rule for ${asked} to ${nameOf(route)}.`,
      manifest: null,
    },
  };
}
