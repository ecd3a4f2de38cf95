import { count, list, percent } from '../../model/format.ts';
import { defineDiagnosis } from '../engine/diagnosis.ts';
import type { Contrast } from '../engine/diagnosis.ts';
import type { Attempt, Evidence, PathEvidence } from '../evidence/evidence.ts';
import { isErrorAnswer } from '../evidence/failing.ts';
import { endpointsOf, hasNeighbour, isUselessAlone } from '../views/backends.ts';
import type { BackendView } from '../views/backends.ts';
import { ownerOf } from '../views/owner.ts';

/** Said once may be chance, twice it is a pattern. */
const FEWEST = 2;
const MOST_ATTEMPTS = 10;

/** Endpoints that answer with errors by themselves. */
interface Failing {
  readonly views: readonly BackendView[];
  /** Straight to them, where any answer was an error. */
  readonly paths: readonly PathEvidence[];
  readonly errors: readonly Attempt[];
  /** All answers of these endpoints, asked directly. */
  readonly answers: number;
}

export default defineDiagnosis<Failing>({
  id: 'application-errors',
  class: 'application',
  layer: 'application',
  title: 'The application answers with errors by itself',
  why: 'A bug, a full pool or something behind the application that fails makes it say 500, or 502 to 504, to some requests or to all. It comes at once and with everything else well, so that a proxy in front of it gets the blame, whose own words for trouble behind it are the same.',
  test: 'The same request goes straight to every endpoint, from its own node as well: no proxy, no Service and no other node is involved, and the same errors come.',
  remedy:
    'Read the log of the pods for the requests that failed, and what they wait for or call. Nothing in the network has to change.',
  limits:
    'What the application calls is not seen. One endpoint that answers with errors only, while others serve, is a dead endpoint. Errors that need a cookie, a body or a certain parameter are not met.',
  experiments: ['endpoints', 'entries', 'service-address', 'identities', 'shares'],
  suspects: (evidence) => {
    const found = failingOf(evidence);
    return found === null ? [] : [found];
  },
  arm: ({ paths }) => ({ paths: [...paths], fails: true }),
  contrasts: ({ views, paths, errors, answers }, evidence) => {
    const local = paths.filter(({ path }) => path.locality === 'same-node');
    return [
      {
        label: 'Straight',
        holds: true,
        says: `asked without a proxy, ${errors.length} of ${count(answers, 'answer')} are errors`,
        attempts: errors.slice(0, MOST_ATTEMPTS),
        settles: '',
      },
      {
        label: 'Its node',
        holds: local.length > 0 ? true : null,
        says: 'they come from its own node as well, so no other node and no overlay has a part in it',
        attempts: local.flatMap(({ answered }) => answered.filter(isError)).slice(0, MOST_ATTEMPTS),
        settles: 'Ask the pod from its own node.',
      },
      {
        label: 'Beside it',
        holds: views.some(hasNeighbour) ? true : null,
        says: 'kprobe answers on the same nodes from the same sources',
        attempts: [],
        settles: 'Place a probe pod on the node of an endpoint and ask both.',
      },
      ...entryContrast(evidence, errors),
    ];
  },
  suffer: ({ errors }, { paths }) => {
    const statuses = statusesOf(errors);
    return paths.filter(
      ({ path: { to }, answered }) =>
        (to.kind === 'service' || to.kind === 'entry') &&
        answered.some(({ sample }) => sample.http !== null && statuses.has(sample.http.status)),
    );
  },
  shows: ({ errors }) => {
    const statuses = statusesOf(errors);
    return ({ attempt }) => statuses.has(attempt.sample.http?.status ?? 0);
  },
  blame: ({ paths, errors, answers }, evidence) => ({
    title: `The application answers HTTP ${list([...statusesOf(errors)].toSorted((a, b) => a - b).map(String))} by itself, in ${percent(errors.length / answers)} of its answers`,
    object: ownerOf(evidence, paths),
    where: null,
    fix: {
      says: 'Nothing to change in the network: read the log of these pods at that time (kubectl logs --since=5m), and look at what they call.',
      manifest: null,
    },
  }),
});

function failingOf(evidence: Evidence): Failing | null {
  const views = endpointsOf(evidence).filter((view) => errorsOf(view).length > 0 && !isUselessAlone(view, evidence));
  const errors = views.flatMap(errorsOf);
  if (errors.length < FEWEST) return null;
  const paths = views.flatMap(pathsOf);
  return {
    views,
    paths: paths.filter(({ answered }) => answered.some(isError)),
    errors,
    answers: paths.reduce((sum, { answered }) => sum + answered.length, 0),
  };
}

function pathsOf({ unobstructed }: BackendView): PathEvidence[] {
  return unobstructed.map(({ path }) => path).filter(({ path }) => path.probe.kind === 'http');
}

function errorsOf(view: BackendView): Attempt[] {
  return pathsOf(view).flatMap(({ answered }) => answered.filter(isError));
}

function isError({ sample }: Attempt): boolean {
  return sample.http !== null && isErrorAnswer(sample);
}

function statusesOf(errors: readonly Attempt[]): ReadonlySet<number> {
  return new Set(errors.flatMap(({ sample }) => sample.http?.status ?? []));
}

/** Where users get none of these errors, it is kprobe that asks the endpoints amiss. */
function entryContrast({ paths }: Evidence, errors: readonly Attempt[]): Contrast[] {
  const statuses = statusesOf(errors);
  const entries = paths.filter(({ path: { to }, answered }) => to.kind === 'entry' && answered.length > 0);
  if (entries.length === 0) return [];
  const same = entries.flatMap(({ answered }) =>
    answered.filter(({ sample }) => statuses.has(sample.http?.status ?? 0)),
  );
  return [
    {
      label: 'Entries',
      holds: same.length > 0,
      says: `users get the same errors through the proxies (${count(same.length, 'answer')})`,
      attempts: same.slice(0, MOST_ATTEMPTS),
      settles: '',
    },
  ];
}
