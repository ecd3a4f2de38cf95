/**
 * All that is used of the Kubernetes client library: credentials, and how a request carries them. Whoever bundles this file keeps a tenth of the
 * library's three thousand modules, whose loading takes longer than an API server takes to answer (docs/performance.md); `npm run build` does.
 */
export { HttpMethod, KubeConfig, RequestContext } from '@kubernetes/client-node';
