import { defineDiagnosis } from '../engine/diagnosis.ts';
import type { Evidence } from '../evidence/evidence.ts';
import { isUnread } from '../../model/unread.ts';
import { list } from '../../model/format.ts';
import { line } from '../words/words.ts';

export default defineDiagnosis({
  id: 'missing-ingress-controller',
  class: 'ingress',
  layer: 'ingress',
  title: 'Nobody serves the class of this Ingress',
  why: 'An Ingress is only a wish. Without a running controller for its class nothing listens for the host: connects are refused or run through the SYN schedule, and no event says so.',
  test: 'The class that the Ingress names is looked up among the IngressClasses, and its controller among the running pods.',
  remedy: 'Install the controller, or name a class that has one.',
  limits:
    'A controller outside the cluster (cloud load balancers) has no pods: classes known to be of that kind are not reported. An unknown implementation is reported as possible only.',
  experiments: ['entries'],
  suspects: (evidence) => {
    const { target } = evidence;
    const state = target.kind === 'ingress' && target.entries.length === 0 ? stateOf(evidence) : null;
    return target.route === null || state === null ? [] : [{ route: target.route, state }];
  },
  arm: ({ state }) => ({ paths: [], fails: state.certain ? true : null }),
  contrasts: () => [],
  blame: ({ route, state }, { target, cluster }) => {
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

/** Implementations whose data path is a load balancer outside the cluster (policy of the cloud providers' controllers). */
const OUTSIDE = [
  'ingress.k8s.aws/alb',
  'gce',
  'gce-internal',
  'azure/application-gateway',
  'networking.gke.io/gateway',
  'gateway.k8s.aws/alb',
];

function stateOf({ target, cluster }: Evidence): { certain: boolean; says: string; detail: string } | null {
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
