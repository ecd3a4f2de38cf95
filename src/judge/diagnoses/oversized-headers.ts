import { count } from '../../model/format.ts';
import { INGRESS_NGINX } from '../../model/ingress-nginx.ts';
import { defineDiagnosis } from '../engine/diagnosis.ts';
import type { Evidence } from '../evidence/evidence.ts';
import { isBadGateway, oversizedHeads } from '../views/oversized-heads.ts';
import type { OversizedHeads } from '../views/oversized-heads.ts';
import { line } from '../words/words.ts';

const KIB = 1024;
const MOST_ATTEMPTS = 10;

export default defineDiagnosis<OversizedHeads>({
  id: 'oversized-headers',
  class: 'ingress',
  layer: 'ingress',
  title: 'The headers of the answer are longer than the buffer of the proxy',
  why: 'nginx reads status line and headers of an answer into one buffer (proxy_buffer_size, 4 KiB as ingress-nginx sets it). An answer with more of them (cookies, tokens, a long Content-Security-Policy) is thrown away and the client gets 502, although the application has answered, quickly and well. It often begins with a release that adds a header, or for those users alone whose cookies are long.',
  test: 'The same request goes straight to each endpoint, and the length of the head is read off: each is longer than the buffer that the settings give, and every entry says 502 to it.',
  remedy: 'Raise proxy-buffer-size for this Ingress, or send fewer and shorter headers.',
  limits:
    'Settings of ingress-nginx and of F5’s controller are read; those of Envoy, HAProxy and others are not. kprobe sends no cookies: an answer that is long only for users who are logged in is short for it.',
  experiments: ['entries', 'endpoints'],
  suspects: (evidence) => {
    const heads = oversizedHeads(evidence);
    return heads === null ? [] : [heads];
  },
  arm: ({ paths }) => ({ paths: [...paths], fails: true }),
  contrasts: ({ entries, fitting, limit, paths }) => {
    const attempts = entries.flatMap(({ answered }) => answered);
    const refused = attempts.filter(isBadGateway);
    return [
      {
        label: 'Entries',
        // Where some endpoints answer shortly, the proxy hands those answers on.
        holds:
          attempts.length === 0
            ? null
            : refused.length > 0 && (fitting.length > 0 || refused.length === attempts.length),
        says: `say 502 to ${refused.length} of ${count(attempts.length, 'request')}`,
        attempts: refused.slice(0, MOST_ATTEMPTS),
        settles: 'Ask through the proxy: its log says that upstream sent too big header.',
      },
      {
        label: 'Straight',
        holds: true,
        says: `${count(paths.length, 'path')} to endpoints ${paths.length === 1 ? 'gets' : 'get'} that answer whole${fitting.length === 0 ? '' : `, ${fitting.length} a shorter one`}`,
        attempts: paths.flatMap(({ answered }) => answered).slice(0, MOST_ATTEMPTS),
        settles: '',
      },
      { label: 'Buffer', holds: true, says: `${sized(limit.bytes)}: ${limit.from}`, attempts: [], settles: '' },
    ];
  },
  suffer: ({ entries }) => entries,
  shows:
    () =>
    ({ path, attempt }) =>
      path.path.to.kind === 'entry' && isBadGateway(attempt),
  blame: ({ headBytes, limit }, evidence) => ({
    title: `The proxy says 502 in place of an answer whose headers are ${sized(headBytes)} long: it takes ${sized(limit.bytes)}`,
    object: evidence.target.route,
    where: null,
    lines: [line('Not', 'the application and the way to it: asked directly, it answers well')],
    fix: { says: fixOf(evidence, headBytes), manifest: null },
  }),
});

/** The next power of two in KiB, as the buffers of nginx are usually given. */
function fixOf({ target: { route } }: Evidence, headBytes: number): string {
  const size = `${2 ** Math.ceil(Math.log2(headBytes / KIB))}k`;
  const where = route === null ? 'the Ingress' : `${route.kind} ${route.namespace}/${route.name}`;
  return `Annotate ${where} with ${INGRESS_NGINX}/proxy-buffer-size: "${size}" (F5's controller: nginx.org/proxy-buffer-size), and find out which header is that long: curl -sI straight to a pod.`;
}

function sized(bytes: number): string {
  return `${(bytes / KIB).toFixed(bytes % KIB === 0 ? 0 : 1)} KiB`;
}
