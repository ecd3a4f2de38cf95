/** What to do about a certificate that clients refuse. kprobe reads no Secrets, so the fix begins with looking at one. Pure. */
import { ownRules } from '../../model/route-match.ts';
import type { Evidence } from '../evidence/evidence.ts';
import type { BadCertificates, Defect } from '../views/certificates.ts';

type Route = NonNullable<Evidence['target']['route']>;

/** Common names of what controllers make for hosts without a Secret: ingress-nginx (internal/ingress/controller/store), Traefik (pkg/tls/generate). */
const DEFAULTS: ReadonlySet<string> = new Set([
  'Kubernetes Ingress Controller Fake Certificate',
  'TRAEFIK DEFAULT CERT',
]);

export function renewal(bad: BadCertificates, evidence: Evidence): string {
  const { route, kind, service, host } = evidence.target;
  if (kind === 'external') return `Who runs ${host ?? 'it'} has to do it: ${needOf(bad.defects)}.`;
  if (kind !== 'ingress' || route === null) {
    const whose = service === null ? 'it' : `Service ${service.namespace}/${service.name}`;
    return `In the pods of ${whose}: ${needOf(bad.defects)}, and restart those that read it only at their start.`;
  }
  return bad.good.length > 0 ? reload(bad, evidence) : replace(bad, evidence, route);
}

/** What its siblings have is good. */
function reload({ presented }: BadCertificates, { target }: Evidence): string {
  const addresses = new Set(presented.flatMap(({ path: { path } }) => ('address' in path.to ? path.to.address : [])));
  const pods = target.entries.flatMap(({ address, pod }) => (addresses.has(address) && pod !== null ? [pod] : []));
  const [pod] = pods;
  const how =
    pod === undefined
      ? 'Restart the proxies that present it'
      : `kubectl -n ${pod.namespace} delete pod ${[...new Set(pods.map(({ name }) => name))].join(' ')}`;
  return `${how}: what comes in their place reads the Secret anew; then look at why it was missed (the log, the watch of the API, a reload that failed).`;
}

function replace({ defects, presented }: BadCertificates, evidence: Evidence, route: Route): string {
  const named = `${route.kind} ${route.namespace}/${route.name}`;
  const host = evidence.target.host ?? 'the host';
  const isDefault = presented.some(({ certificate }) => DEFAULTS.has(certificate.subject ?? ''));
  const [secret] = ownRules(evidence.cluster.routes, evidence.target).flatMap(({ tlsSecret }) => tlsSecret ?? []);
  if (secret === undefined) {
    const name = `name a Secret of type kubernetes.io/tls in namespace ${route.namespace} whose certificate is for this host`;
    return isDefault
      ? `${named} names no Secret for ${host}, so the proxies present the default certificate that their controller has made: ${name}.`
      : `${named} names no Secret for ${host}, so the proxies present their default certificate: ${needOf(defects)} there, or ${name}.`;
  }
  const { namespace, name } = secret;
  const because = defects.includes('other-host')
    ? `that is missing, not of type kubernetes.io/tls, or for other hosts${isDefault ? ', so the proxies present the default certificate that their controller has made' : ''}`
    : `${needOf(defects)} there`;
  const look = `kubectl -n ${namespace} get secret ${name} -o jsonpath='{.data.tls\\.crt}' | base64 -d | openssl x509 -noout -subject -dates -ext subjectAltName`;
  return `${named} names Secret ${namespace}/${name}: ${because}. kprobe has no right to read Secrets; ${look} shows what is in it. Where cert-manager keeps it, kubectl -n ${namespace} describe certificate says why it did not.`;
}

const NEEDS: Readonly<Record<Defect, string>> = {
  expired: 'renew the certificate',
  'not-yet-valid': 'put one that is valid now (or set the clock of who issues them)',
  'other-host': 'put one that is for this host',
  incomplete: 'put the certificates of its issuers behind it (the whole chain)',
};

function needOf(defects: readonly Defect[]): string {
  return defects.map((defect) => NEEDS[defect]).join(', ');
}
