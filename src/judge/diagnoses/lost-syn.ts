import { explain } from '../engine/reach.ts';
import { duration, list, percent } from '../../model/format.ts';
import { sumLadders } from '../views/ladders.ts';
import { lossyPaths } from '../views/lossy-paths.ts';
import { commonPlace } from '../views/place.ts';
import { notToldApart } from '../views/told-apart.ts';
import { ends, line, sight } from '../words/words.ts';
import { defineDiagnosis } from '../engine/diagnosis.ts';

/** One connect that got through late is weather, the second is a pattern. One that never got through is no sign of chance. */
const FEWEST_RUNGS = 2;

export default defineDiagnosis({
  id: 'lost-syn',
  class: 'retransmit-drop',
  title: 'SYNs get lost, and connects wait for the retransmission timer',
  why: 'A SYN (or its answer) that is dropped is sent again only after 1 s, then by the schedule of the kernel: 1, 2, 3, 4, 5, 7 s since Linux 6.5 (tcp_syn_linear_timeouts), 1, 3, 7, 15 s before. A connect that loses k SYNs takes exactly the k-th of these times.',
  test: "Fresh connects a second apart; the kernel's own count of SYN retransmissions of each connection is read while it waits. Times on the schedule with the matching count prove the loss; the paths that are clean tell where.",
  remedy:
    'Find the drops where the affected paths meet: interface and qdisc drops, conntrack insert failures, a full accept queue at the server, an overloaded device between the nodes.',
  limits:
    'The client cannot tell a lost SYN from a lost SYN-ACK, nor random loss from a full accept queue; loss below about one in a hundred needs more samples than one diagnosis takes.',
  // A node that drops a connect's first SYN chooses an endpoint anew for the next one: a dead endpoint behind a Service looks like loss.
  maskedBy: ['dead-endpoint'],
  find(evidence) {
    const lossy = lossyPaths(evidence);
    const rungs = lossy.flatMap((path) => path.ladder);
    if (rungs.filter((rung) => rung.connectMs !== null).length < FEWEST_RUNGS) return [];
    const spot = commonPlace(evidence, [...lossy, ...notToldApart(evidence, lossy)]);
    const ladder = sumLadders(evidence, lossy);
    const explained = explain(evidence, lossy, ladder.isOnSchedule);
    const waits = rungs.map((rung) => rung.connectMs).filter((ms) => ms !== null);
    return [
      {
        certainty: ladder.fits ? ('proven' as const) : ('likely' as const),
        title: `SYNs are lost ${spot.says}: ${percent(ladder.loss.share)} of them, so connects take ${steps(waits)}`,
        object: spot.object,
        where: spot.where,
        timer: {
          name: `SYN retransmission (${ladder.schedule})`,
          ms: Math.round(Math.min(...waits, 1000) / 100) * 100,
        },
        evidence: [
          ...sight(evidence, explained),
          line(
            'Ladder',
            `${rungs.length} connects needed ${ladder.says}`,
            rungs.map((rung) => rung.shot),
          ),
          line(
            'Loss',
            `${percent(ladder.loss.share)} of SYNs (95 % interval ${percent(ladder.loss.interval[0])} to ${percent(ladder.loss.interval[1])})`,
          ),
          line(
            'Where',
            list(lossy.map(ends), 3),
            lossy.flatMap((path) => path.ladder.map((rung) => rung.shot)),
          ),
          ...(spot.clean.length > 0
            ? [
                line(
                  'Elsewhere',
                  `${list(spot.clean.slice(0, 3).map(ends), 3)}: no retransmission`,
                  spot.clean.flatMap((path) => path.answered).slice(0, 10),
                ),
              ]
            : []),
        ],
        fix: {
          says: `Look for drops ${spot.says}: interface and qdisc statistics, conntrack -S (insert_failed, drop), ListenDrops at the server.`,
          manifest: null,
        },
        wouldSettle: ladder.fits ? null : 'Measure longer: the times seen do not yet fit one schedule.',
        accounts: lossy.map((path) => path.path.id),
        explained,
      },
    ];
  },
});

function steps(waits: readonly number[]): string {
  const seconds = [...new Set(waits.map((ms) => Math.floor(ms / 1000)))].toSorted((a, b) => a - b);
  return waits.length === 0
    ? 'until they give up'
    : list(
        seconds.slice(0, 4).map((each) => duration(each * 1000)),
        4,
      );
}
