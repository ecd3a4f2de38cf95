import { list } from '../../model/format.ts';
import { defineDiagnosis } from '../engine/diagnosis.ts';
import type { Contrast } from '../engine/diagnosis.ts';
import { isNobody, placesOf } from '../evidence/redirects.ts';
import type { Nobody, Place } from '../evidence/redirects.ts';
import { BROWSER, deadPathsOf, redirectingObject, straightContrast } from '../views/redirecting.ts';
import { line } from '../words/words.ts';

/** What answers the same each time is no accident of one answer. */
const FEWEST = 2;

const FOUND: Readonly<Record<Nobody, string>> = {
  unresolved: 'a name that does not exist',
  refused: 'where nobody listens (connection refused)',
  silent: 'which does not answer',
  'own-machine': 'an address that is the own machine of whoever reads it',
};

export default defineDiagnosis<Place>({
  id: 'dead-redirect',
  class: 'application',
  layer: 'application',
  title: 'Every answer sends the client to where nobody is',
  why: 'Each request is answered at once, with a redirect, and the browser then fails on the place that it leads to: a host that moved, the port that the application itself listens on, localhost, or HTTPS where nobody serves it. Probes that count a redirect as success see nothing.',
  test: 'The place is looked up and connected to, once by each vantage that is led there, and the same request goes straight to the endpoints, which shows who redirects. A place on the host that was asked is looked for at the entry that answered; whether another host exists is believed only of this machine and of the client that was named, for nodes need not reach what users do.',
  remedy:
    'Correct the place: let the application make relative redirects, or tell it its public URL (X-Forwarded-Host, -Port and -Proto), or give the place its name and listener again.',
  limits:
    'Only the first step is looked at, and only whether a connection stands. Before another port than 80 and 443 stands what is not known, so a place on the same host is not looked for there; a name that is not found counts only where the resolver finds the host that was asked. It is never proven: users may resolve and reach other things than this machine does.',
  experiments: ['entries', 'service-address', 'endpoints'],
  suspects: (evidence) => placesOf(evidence).filter((place) => deadPathsOf(place, evidence).length > 0),
  arm: (place, evidence) => {
    const paths = deadPathsOf(place, evidence);
    return { paths, fails: paths.some(({ answered }) => answered.length >= FEWEST) };
  },
  contrasts: (place, evidence) => [othersContrast(place), straightContrast(evidence), BROWSER],
  suffer: ({ paths }) => paths,
  blame: (place, evidence) => {
    const [fate = 'silent'] = [...place.fates.values()].filter(isNobody);
    return {
      title: `Every answer leads to ${place.name}, ${FOUND[fate]}`,
      object: redirectingObject(evidence),
      where: null,
      armLabel: 'Answered',
      lines: [line('Then', `${place.name}: ${[...place.fates].map(([who, found]) => `${who} ${found}`).join(', ')}`)],
      fix: { says: fixFor(place, fate), manifest: null },
    };
  },
});

/** Who is answered there is a reason to look at the difference first. */
function othersContrast({ name, fates }: Place): Contrast {
  const taken = [...fates].filter(([, fate]) => fate === 'taken').map(([who]) => who);
  return {
    label: 'All',
    holds: taken.length > 0 ? null : true,
    says: `nobody who looked is answered there (${list([...fates.keys()], 3)})`,
    attempts: [],
    settles: `${list(taken, 3)} is answered at ${name}: see what it resolves to there, and for users.`,
  };
}

function fixFor({ name, isAskedHost }: Place, fate: Nobody): string {
  if (fate === 'own-machine')
    return 'The application makes its redirects from its own address: set its public URL, or let it make relative ones.';
  if (fate === 'unresolved')
    return `Correct the host that it redirects to, or give ${new URL(name).hostname} its record again.`;
  if (isAskedHost && name.startsWith('https:') && new URL(name).port === '')
    return 'Serve the host over HTTPS at the same address (spec.tls and port 443 of the entry), or end the redirect to it.';
  return isAskedHost
    ? 'It puts the port that it listens on into its redirects: let it make relative ones (nginx: absolute_redirect off), or use X-Forwarded-Host and -Port.'
    : `Start what should listen at ${name}, or correct the redirect.`;
}
