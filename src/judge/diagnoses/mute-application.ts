import { count, list } from '../../model/format.ts';
import { defineDiagnosis } from '../engine/diagnosis.ts';
import type { Contrast } from '../engine/diagnosis.ts';
import type { Evidence, PathEvidence } from '../evidence/evidence.ts';
import { isErrorAnswer } from '../evidence/failing.ts';
import { isMute } from '../evidence/state.ts';
import { backendViews, hasNeighbour, nameOfBackend } from '../views/backends.ts';
import type { BackendView } from '../views/backends.ts';
import { ownerOf } from '../views/owner.ts';

const MOST_ATTEMPTS = 10;

export default defineDiagnosis<readonly BackendView[]>({
  id: 'mute-application',
  class: 'application',
  layer: 'application',
  title: 'Every endpoint takes the connection and closes it without an answer',
  why: 'The kernel makes the connection and something behind it ends it before the first byte: a process without a file descriptor left, a server that drops hosts it does not know (nginx: return 444), one that waits for the PROXY protocol or for HTTP/2. Connects succeed, so probes of the port are content; an ingress answers 502.',
  test: 'The same request goes straight to every endpoint: each connection is made and closed or reset before an answer begins, while kprobe beside it answers the same sources, and no entry serves a page.',
  remedy:
    'Read the log of the pods at that time; ask one with the Host that it is configured for, and look at its open files (ls /proc/1/fd) beside its limit.',
  limits:
    'A server of another protocol closes alike, so it is never proven; where no entry was asked, it is a mere possibility. Where entries serve pages it is kprobe that asks amiss, and where one endpoint serves, the others are dead endpoints.',
  experiments: ['endpoints', 'entries', 'identities', 'node-pairs'],
  suspects: (evidence) => {
    const views = backendViews(evidence).filter(({ unobstructed }) => unobstructed.length > 0);
    return views.length === 0 ? [] : [views];
  },
  arm: (views) => {
    const paths = pathsOf(views);
    return { paths, fails: paths.every(({ path }) => path.probe.kind === 'http') && paths.every(isMute) };
  },
  contrasts: (views, evidence) => [
    {
      label: 'Beside it',
      holds: views.some(hasNeighbour) ? true : null,
      says: 'kprobe answers on the same nodes from the same sources',
      attempts: [],
      settles: 'Place a probe pod on the node of an endpoint and ask both.',
    },
    entryContrast(evidence),
    OTHER_PROTOCOL,
  ],
  suffer: (_views, { paths }) => paths.filter(({ path: { to } }) => to.kind === 'service' || to.kind === 'entry'),
  blame: (views, evidence) => ({
    title: `${list(views.map(nameOfBackend))} ${views.length === 1 ? 'closes' : 'close'} every connection without an answer`,
    object: ownerOf(evidence, pathsOf(views)),
    where: null,
    fix: {
      says: `Look into the pods, not at the network: their log at that time, ls /proc/1/fd | wc -l beside ulimit -n, and whether they serve the host ${evidence.target.host ?? 'that was asked for'}.`,
      manifest: null,
    },
  }),
});

function pathsOf(views: readonly BackendView[]): PathEvidence[] {
  return views.flatMap(({ unobstructed }) => unobstructed.map(({ path }) => path));
}

function entryContrast({ paths }: Evidence): Contrast {
  const entries = paths.filter(({ path: { to }, state }) => to.kind === 'entry' && state !== 'unmeasured');
  const attempts = entries.flatMap(({ answered }) => answered);
  return {
    label: 'Entries',
    holds: entries.length === 0 ? null : attempts.every(({ sample }) => isErrorAnswer(sample)),
    says: `no entry serves a page (${count(entries.length, 'path')})`,
    attempts: attempts.slice(0, MOST_ATTEMPTS),
    settles: 'Ask the host through its proxies.',
  };
}

const OTHER_PROTOCOL: Contrast = {
  label: 'Protocol',
  holds: null,
  says: '',
  attempts: [],
  settles:
    'Ask a pod in the protocol that it is meant to speak, from its own node: a server of another one closes alike.',
};
