import { defineDiagnosis } from '../engine/diagnosis.ts';
import type { Attempt, PathEvidence } from '../evidence/evidence.ts';
import { BROWSER, redirectingObject, straightContrast } from '../views/redirecting.ts';
import { line } from '../words/words.ts';

/** One that cannot end sends its clients there each time. */
const FEWEST = 2;

export default defineDiagnosis<readonly PathEvidence[]>({
  id: 'redirect-loop',
  class: 'application',
  layer: 'application',
  title: 'The request is redirected to the very URL that was asked for',
  why: 'Each answer sends the client where it already is. Browsers give up after some twenty rounds ("too many redirects"), probes that count a redirect as success see nothing. The usual reason: the proxy ends TLS, the application sees plain HTTP and asks for HTTPS; or two of them each insist on the other spelling of a host.',
  test: 'The target of the redirect is held against the URL that was asked, each time, and the same request goes straight to the endpoints: they redirect as well, or the proxy does it by itself.',
  remedy:
    'Let the proxy tell the application how it was asked (X-Forwarded-Proto, X-Forwarded-Host) and the application trust it, or let only one of both redirect.',
  limits:
    'Loops of more than one step are not followed. A redirect that sets a cookie is none; one that depends on other headers of a browser may be none, so it is never proven.',
  experiments: ['entries', 'service-address', 'endpoints'],
  suspects: ({ paths }) => {
    const looping = paths.filter((path) => path.path.userFacing && isLooping(path));
    return looping.length === 0 ? [] : [looping];
  },
  arm: (paths) => ({ paths, fails: true }),
  contrasts: (_paths, evidence) => [straightContrast(evidence), BROWSER],
  suffer: (_paths, { paths }) => paths.filter(isLooping),
  shows:
    () =>
    ({ attempt }) =>
      isLoop(attempt),
  blame: (paths, evidence) => {
    const { target } = evidence;
    const [first] = paths;
    const url = first?.path.probe.kind === 'http' ? urlOf(first.path.probe) : target.input;
    return {
      title: `${url} redirects to itself: no client ever gets a page`,
      object: redirectingObject(evidence),
      where: null,
      lines: [
        line('Answer', `HTTP ${statusOf(first)} to the same URL, and no cookie that would change the next answer`),
      ],
      fix: {
        says: url.startsWith('https:')
          ? 'The proxy ends TLS, and who redirects takes the request for plain HTTP: pass X-Forwarded-Proto on and let the application trust it, or switch its own redirect to HTTPS off.'
          : 'See who redirects (curl -sI, straight to a pod as well), and let only one of proxy and application decide over scheme, host and path.',
        manifest: null,
      },
    };
  },
});

/** All that is answered, and more than once. */
function isLooping({ answered }: PathEvidence): boolean {
  return answered.length >= FEWEST && answered.every(isLoop);
}

function isLoop({ sample }: Attempt): boolean {
  return sample.http?.leadsToItself === true;
}

function statusOf(path: PathEvidence | undefined): number {
  return path?.answered[0]?.sample.http?.status ?? 0;
}

function urlOf({ tls, host, path }: { readonly tls: boolean; readonly host: string; readonly path: string }): string {
  return `${tls ? 'https' : 'http'}://${host}${path}`;
}
