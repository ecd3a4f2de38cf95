import type { Certificate } from '../../../probes/wire.ts';
import { list } from '../../model/format.ts';
import { defineDiagnosis } from '../engine/diagnosis.ts';
import type { Contrast } from '../engine/diagnosis.ts';
import type { Evidence } from '../evidence/evidence.ts';
import { renewal } from '../fixes/certificate.ts';
import { badCertificates } from '../views/certificates.ts';
import type { BadCertificates, Defect, Presented } from '../views/certificates.ts';
import { ownerOf } from '../views/owner.ts';
import { line, nameOfDestination } from '../words/words.ts';

export default defineDiagnosis<BadCertificates>({
  id: 'bad-certificate',
  class: 'ingress',
  layer: 'ingress',
  title: 'The certificate that is presented has expired, is for another host, or comes without its issuer',
  why: 'Browsers, curl and every client that verifies end the connection after the handshake, at once and whatever lies behind it; probes that do not verify see a page that is well. A proxy without a usable Secret for a host (missing, in another namespace, for other hosts) presents a default certificate of its own; one that missed a renewal goes on with the old one.',
  test: 'Each TLS handshake of the run, which refuses nothing, tells the certificate that was presented: its dates by the clock of the vantage, its names beside the host that was asked for, and what came along with it.',
  remedy:
    'Renew it, or let the Ingress or listener name a Secret of type kubernetes.io/tls, in the right namespace, whose certificate is for this host and holds the whole chain.',
  limits:
    'An authority that only its own house knows is no fault: who trusts it is not known. That a chain is incomplete is told of certificates of public authorities alone. A CDN or balancer that is not published, and ends TLS before the proxies without verifying theirs, hides this from users. Of a Service, names are judged only where its URL was given. Secrets are never read, nor are revocations.',
  experiments: ['entries', 'external-hosts', 'endpoints', 'service-address'],
  suspects: badCertificates,
  // It stands beside whatever else is wrong on these paths, and is no cause of it: it claims none of them.
  arm: () => ({ paths: [], fails: true }),
  contrasts: ({ defects, presented }, { target }) => {
    const isInside = target.kind !== 'ingress' && target.kind !== 'external';
    const isAccepted = isInside && presented.every(({ certificate }) => certificate.isSelfSigned);
    return isAccepted && defects.every((defect) => defect !== 'incomplete') ? [ITS_CLIENTS] : [];
  },
  blame: (bad, evidence) => {
    const [{ certificate }] = bad.presented;
    const places = placesOf(bad.presented);
    return {
      title: `${subjectOf(places, bad)} a certificate that ${saysOf(bad.defects[0], certificate, evidence)}`,
      object: objectOf(bad, evidence),
      where: null,
      lines: [
        line(
          'Presented',
          `at ${list(places)}: ${describe(certificate)}${codeOf(certificate)}`,
          attemptsOf(bad.presented),
        ),
        ...bad.defects.slice(1).map((defect) => line('Also', `it ${saysOf(defect, certificate, evidence)}`)),
        ...goodLines(bad),
        line('Clients', refusalOf(bad.defects)),
        ...certificatesLines(bad),
      ],
      fix: { says: renewal(bad, evidence), manifest: null },
    };
  },
});

const ITS_CLIENTS: Contrast = {
  label: 'Clients',
  holds: null,
  says: '',
  attempts: [],
  settles:
    'Look at how its clients are told to trust it: one that trusts this very certificate refuses it, one that verifies nothing does not.',
};

function subjectOf(places: readonly string[], { good }: BadCertificates): string {
  if (places.length > 2 && good.length === 0) return `Each of the ${places.length} places that were asked presents`;
  return `${list(places)} ${places.length === 1 ? 'presents' : 'present'}`;
}

function saysOf(defect: Defect, certificate: Certificate, { target }: Evidence): string {
  switch (defect) {
    case 'expired':
      return `expired on ${dayOf(certificate.notAfter)}`;
    case 'not-yet-valid':
      return `is not valid before ${dayOf(certificate.notBefore)}`;
    case 'other-host':
      return `is not for ${target.host ?? 'the host'} but for ${namesOf(certificate)}`;
    case 'incomplete':
      return `comes without that of its issuer${certificate.issuer === null ? '' : ` ${certificate.issuer}`}`;
    default:
      return defect satisfies never;
  }
}

function namesOf({ names, moreNames }: Certificate): string {
  if (names.length === 0) return 'no host at all';
  return list([
    ...names.slice(0, 3),
    ...(names.length + moreNames > 3 ? [`${names.length + moreNames - 3} more`] : []),
  ]);
}

function describe(certificate: Certificate): string {
  const { subject, issuer, isSelfSigned, notBefore, notAfter } = certificate;
  const by = isSelfSigned ? 'signed by itself' : `issued by ${issuer ?? 'an authority without a name'}`;
  const names = `for ${namesOf(certificate)}`;
  return `${subject ?? 'without a common name'}, ${by}, ${names}, valid from ${dayOf(notBefore)} to ${dayOf(notAfter)}`;
}

function codeOf({ code }: Certificate): string {
  return code === null ? '' : ` (${code})`;
}

function goodLines({ good }: BadCertificates) {
  const [first] = good;
  if (first === undefined) return [];
  return [
    line('Others', `${list(placesOf(good))}: ${describe(first.certificate)}: that one is good`, attemptsOf(good)),
  ];
}

/** Pods that each have one of their own. */
function certificatesLines({ presented }: BadCertificates) {
  const all = new Set(presented.map(({ certificate }) => certificate.fingerprint));
  return all.size < 2 ? [] : [line('Alike', `${all.size} certificates have this fault`)];
}

function refusalOf(defects: readonly Defect[]): string {
  return defects.every((defect) => defect === 'incomplete')
    ? 'curl, Go, Java, Python and phones refuse it; a browser that has the missing one from elsewhere does not'
    : 'browsers, curl and whoever else verifies refuse it after the handshake, at once; kprobe verifies nothing, so its requests were answered';
}

function placesOf(presented: readonly Presented[]): string[] {
  return [...new Set(presented.map(({ path }) => nameOfDestination(path)))].toSorted();
}

function attemptsOf(presented: readonly Presented[]): Presented['attempt'][] {
  return presented.map(({ attempt }) => attempt).slice(0, 10);
}

/** Where some of several present a good one, what differs is they themselves; else who says which is presented. */
function objectOf({ presented, good }: BadCertificates, evidence: Evidence) {
  const { entries, route, kind, service } = evidence.target;
  const paths = presented.map(({ path }) => path);
  if (kind === 'ingress') {
    const addresses = new Set(paths.flatMap(({ path: { to } }) => ('address' in to ? to.address : [])));
    const [pod, other] = entries.flatMap((entry) => (addresses.has(entry.address) ? (entry.pod ?? []) : []));
    if (good.length > 0) return pod !== undefined && other === undefined ? { kind: 'Pod', ...pod } : null;
    return route;
  }
  const owner = ownerOf(evidence, paths);
  if (owner !== null || service === null) return owner;
  return { kind: 'Service', namespace: service.namespace, name: service.name };
}

/** As people write it, by UTC. */
function dayOf(instant: number): string {
  return new Date(instant).toISOString().slice(0, 10);
}
