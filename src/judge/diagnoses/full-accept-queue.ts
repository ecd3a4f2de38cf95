import { count, list } from '../../model/format.ts';
import { parted } from '../../model/parted.ts';
import { defineDiagnosis } from '../engine/diagnosis.ts';
import { throughProxy } from '../engine/shows.ts';
import type { Attempt } from '../evidence/evidence.ts';
import { backendViews, closedPortOf, hasNeighbour, isLivingInVain, nameOfBackend } from '../views/backends.ts';
import type { BackendView } from '../views/backends.ts';
import { ownerOf } from '../views/owner.ts';
import { whoMeets } from '../words/who-meets.ts';
import { line } from '../words/words.ts';
import { proxyTimer, whyThatLong } from '../words/amplifier.ts';

/** A connect that is not made may be lost; two, beside one that is made and never answered, are dropped. */
const FEWEST_DROPPED = 2;

export default defineDiagnosis({
  id: 'full-accept-queue',
  class: 'retransmit-drop',
  layer: 'service',
  title: 'A process listens and no longer accepts, and its queue of made connections is full',
  why: 'The kernel makes connections for the process until the queue of listen(2) is full, and drops every further SYN without a word: the first connects are made and never answered, the later ones wait for the SYN schedule, or for the connect timeout of a proxy. A readiness probe that asks another port, or none at all, leaves the pod an endpoint.',
  test: 'Connects go straight to the endpoint, one a second: some are made and then stay silent, others lose all their SYNs, none is refused or answered; or all lose them, and the kernel of the pod refuses a port on which nothing listens. Meanwhile a probe pod on the same node answers the same sources.',
  remedy:
    'Look at what the process waits for (a lock, a full thread pool, a dead dependency); let the readiness probe ask the port that serves. A larger backlog only hides it for longer.',
  limits:
    'Whose queue it is stands in the pod only (ss -lnt: Recv-Q above Send-Q; nstat TcpExtListenOverflows): that it was full before the first look is likely and not proven, since a rule inside the pod that drops the port looks the same. A queue that empties now and then looks like lost SYNs of this one pod. One that is not yet full leaves only connects that are made: then the endpoint is called dead.',
  experiments: ['endpoints', 'closed-ports', 'service-address', 'entries', 'identities'],
  suspects: (evidence) => {
    const views = backendViews(evidence);
    const full = views.filter((view) => isFull(view) || (isMute(view) && isLivingInVain(evidence, view)));
    const mute = views.filter(
      (view) => !full.includes(view) && isMute(view) && full.some((each) => isSibling(each, view)),
    );
    return full.length === 0 ? [] : [[...full, ...mute]];
  },
  arm: (full) => ({ paths: hopsOf(full), fails: true }),
  contrasts: (full, evidence) => {
    const isAdmitted = full.every(({ unobstructed }) =>
      unobstructed.some(({ expectation }) => expectation.verdict === 'allow'),
    );
    const { standing, dropped } = triedOf(full);
    const living = full.filter((view) => isLivingInVain(evidence, view));
    const refusals = living.flatMap((view) => closedPortOf(evidence, view) ?? []);
    return [
      {
        label: 'Queue',
        holds: standing.length > 0 ? true : null,
        says: `${count(standing.length, 'connect')} ${standing.length === 1 ? 'was' : 'were'} made and never answered, ${dropped.length} got no answer to any SYN`,
        attempts: standing,
        settles:
          'In the pod: ss -lnt shows Recv-Q above Send-Q, and nstat TcpExtListenOverflows rises with each attempt.',
      },
      ...(living.length === 0
        ? []
        : [
            {
              label: 'Closed port',
              holds: true,
              says: `the kernel of ${list(living.map(nameOfBackend))} refuses a port on which nothing listens, and is silent on ${list([...new Set(living.map(({ backend }) => String(backend.port)))])}: the pod and the way to it work`,
              attempts: refusals.flatMap(({ unanswered }) => unanswered).slice(0, 10),
              settles: '',
            },
          ]),
      {
        label: 'Policy',
        holds: isAdmitted ? true : null,
        says: 'NetworkPolicy admits these connects',
        attempts: [],
        settles: 'Ask from an identity that NetworkPolicy is known to admit.',
      },
      {
        label: 'Beside it',
        holds: full.every(hasNeighbour) ? true : null,
        says: 'kprobe answers on the same nodes from the same sources',
        attempts: full
          .flatMap(({ unobstructed }) =>
            unobstructed.flatMap(({ controls }) => controls.flatMap((path) => path.answered)),
          )
          .slice(0, 10),
        settles: 'Connect to a probe pod on the same node.',
      },
    ];
  },
  suffer: (full, evidence) => [
    ...full.flatMap(({ all }) => all),
    ...evidence.paths.filter(
      ({ path, unanswered, ladder }) => path.to.kind === 'service' && (unanswered.length > 0 || ladder.length > 0),
    ),
  ],
  shows: (full, evidence) => throughProxy(evidence, hopsOf(full)),
  blame: (views, evidence) => {
    const [full, mute] = parted(views, (view) => isFull(view) || isLivingInVain(evidence, view));
    return {
      title: `${list(full.map(nameOfBackend))} ${full.length === 1 ? 'listens and does' : 'listen and do'} not accept: ${full.length === 1 ? 'its queue' : 'their queues'} of connections ${full.length === 1 ? 'is' : 'are'} full`,
      object: ownerOf(evidence, hopsOf(views)),
      where: null,
      timer: proxyTimer(evidence),
      why: whyThatLong(evidence),
      lines: [
        line(
          'Not',
          full.some(isFull)
            ? 'no reset came: the port is open, and no policy or network is in the way of those connects that are made'
            : 'no reset came: something listens on the port, or drops what is sent to it inside the pod',
        ),
        ...(mute.length === 0
          ? []
          : [
              line(
                'And',
                `${list(mute.map(nameOfBackend))} of the same workload ${mute.length === 1 ? 'answers' : 'answer'} no SYN at all, as a queue does that was full before the first look`,
              ),
            ]),
        ...whoMeets(
          evidence,
          views.map(({ backend }) => backend),
        ),
      ],
      fix: {
        says: `Look what the process in ${full[0] === undefined ? 'the pod' : nameOfBackend(full[0])} waits for (ss -lnt in the pod shows Recv-Q above Send-Q; nstat TcpExtListenOverflows rises), restart it, and let its readiness probe ask port ${full[0]?.backend.port ?? 0}.`,
        manifest: null,
      },
    };
  },
});

interface Tried {
  /** Made by the kernel of the far end, and never answered. */
  readonly standing: readonly Attempt[];
  /** No SYN was answered. */
  readonly dropped: readonly Attempt[];
  readonly others: readonly Attempt[];
}

function isFull(view: BackendView): boolean {
  const { standing, dropped, others } = triedOf([view]);
  return standing.length > 0 && dropped.length >= FEWEST_DROPPED && others.length === 0;
}

/** Not one connect was made: by itself it looks like an endpoint that is dead. */
function isMute(view: BackendView): boolean {
  const { standing, dropped, others } = triedOf([view]);
  return standing.length === 0 && dropped.length >= FEWEST_DROPPED && others.length === 0;
}

/** They run the same program. */
function isSibling({ pod: one }: BackendView, { pod: other }: BackendView): boolean {
  const [a, b] = [one?.owner ?? null, other?.owner ?? null];
  return a !== null && one?.namespace === other?.namespace && a.kind === b?.kind && a.name === b.name;
}

function triedOf(views: readonly BackendView[]): Tried {
  const attempts = hopsOf(views).flatMap((path) => path.attempts);
  const isSilent = ({ sample: { outcome } }: Attempt) => outcome.kind === 'silent' || outcome.kind === 'cut';
  const isConnecting = ({ sample: { outcome } }: Attempt) => 'phase' in outcome && outcome.phase === 'connect';
  return {
    standing: attempts.filter((attempt) => isSilent(attempt) && !isConnecting(attempt)),
    dropped: attempts.filter((attempt) => isSilent(attempt) && isConnecting(attempt)),
    others: attempts.filter((attempt) => !isSilent(attempt)),
  };
}

function hopsOf(views: readonly BackendView[]) {
  return views.flatMap(({ unobstructed }) => unobstructed.map(({ path }) => path));
}
