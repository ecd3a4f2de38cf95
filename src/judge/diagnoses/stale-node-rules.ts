import { defineDiagnosis } from '../engine/diagnosis.ts';
import {
  elsewhereContrast,
  hasLocalEndpoint,
  isSilentView,
  serviceOf,
  serviceViews,
  straightContrast,
} from '../views/service.ts';

export default defineDiagnosis({
  id: 'stale-node-rules',
  class: 'service',
  layer: 'service',
  title: 'One node does not know the Service as it is',
  why: 'Each node translates Service addresses by itself. Where kube-proxy has stopped or fallen behind, packets to the ClusterIP leave untranslated or go to endpoints that are gone: the SYN schedule runs for whoever is on that node, and everybody else is fine.',
  test: 'From each node to the ClusterIP, and straight to the endpoints: the address fails on one node only, from which all endpoints answer.',
  remedy: 'Look at kube-proxy (or what replaces it) on that node: its pod, its logs, its last sync; restart it.',
  limits:
    'A rule that was removed and one that was never made look the same. A node that no vantage stands on is not asked.',
  experiments: ['service-address', 'endpoints'],
  suspects: (evidence) => {
    const isLocal = serviceOf(evidence)?.internalTrafficPolicy === 'Local';
    return serviceViews(evidence).filter(({ node }) => !isLocal || hasLocalEndpoint(evidence, node));
  },
  arm: (view) => ({ paths: view.paths, fails: isSilentView(view) }),
  contrasts: (view, evidence) => [straightContrast(evidence, view), elsewhereContrast(evidence, view)],
  blame: ({ node, paths }, { target: { service } }) => {
    const name = `${service?.namespace}/${service?.name}`;
    return {
      title: `Node ${node} does not lead to Service ${name}: its address ${service?.clusterIp} fails there, its endpoints answer`,
      object: { kind: 'Node', namespace: null, name: node },
      where: { from: node, to: name },
      timer: paths.some(({ state }) => state === 'silent') ? { name: 'SYN retransmission', ms: 1000 } : null,
      fix: {
        says: `Look at kube-proxy on ${node} (kubectl -n kube-system get pods -l k8s-app=kube-proxy -o wide; its logs) and restart it there.`,
        manifest: null,
      },
    };
  },
});
