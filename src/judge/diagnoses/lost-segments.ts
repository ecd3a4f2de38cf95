import { count, duration, list } from '../../model/format.ts';
import { defineDiagnosis } from '../engine/diagnosis.ts';
import type { Evidence, PathEvidence } from '../evidence/evidence.ts';
import { isOnDataSchedule, lossOfSegments, sharedWithSyn } from '../views/lost-segments.ts';
import type { Loss } from '../views/lost-segments.ts';
import { commonPlace } from '../views/place.ts';
import { ends, line } from '../words/words.ts';

/** tcp_rto_min (ip-sysctl.rst, tcp_rto_min_us). */
const FIRST_STEP_MS = 200;

export default defineDiagnosis({
  id: 'lost-segments',
  class: 'retransmit-drop',
  layer: 'network',
  title: 'Segments with data get lost on connections that stand',
  why: 'The connect is quick, then a request or an answer vanishes and is sent again only after 0.2 s, then 0.4, 0.8, 1.6, 3.3, 6.9 s. Nothing fails: answers are late by one of these steps.',
  test: "Each attempt is a connection of its own, whose retransmissions are counted while it waits: data repeated on connections that were made without a second SYN proves loss on the way of the requests. Answers that come at the steps of the schedule, without this side repeating anything, are the far end's repetitions.",
  remedy:
    'Find the drops where the affected paths meet: interface and qdisc drops, a policer, a bad cable or a full queue on the way; nstat in the pod shows RetransSegs.',
  limits:
    'An answer that is lost with the acknowledgement of its request makes this side repeat as well, so the direction is a hint. Loss of answers is told by times alone, and never proven. A segment that others follow is repeated within a round trip and costs nothing.',
  experiments: ['endpoints', 'service-address', 'entries', 'node-pairs', 'identities', 'packet-sizes'],
  isShare: true,
  isEffect: true,
  suspects: (evidence) => {
    const loss = lossOfSegments(evidence);
    return loss === null ? [] : [loss];
  },
  arm: ({ paths }) => ({ paths, fails: true }),
  contrasts: (loss, evidence) => {
    const { clean } = placeOf(evidence, loss);
    return [
      loss.of === 'requests'
        ? {
            label: 'Counter',
            holds: true,
            says: `the kernel repeated data on ${loss.attempts.length} of ${count(loss.tried, 'connection')} there, ${sharedWithSyn(evidence, loss).length === 0 ? 'and no SYN' : 'and SYNs as well'}`,
            attempts: loss.attempts,
            settles: '',
          }
        : {
            label: 'Counter',
            holds: null,
            says: '',
            attempts: [],
            settles:
              'Read Tcp RetransSegs in the pod before and after (nstat -z TcpRetransSegs): it rises with each late answer.',
          },
      ...(clean.length === 0
        ? []
        : [
            {
              label: 'Elsewhere',
              holds: true,
              says: `${list(clean.slice(0, 3).map(ends), 3)}: nothing repeated`,
              attempts: clean.flatMap(({ answered }) => answered).slice(0, 10),
              settles: '',
            },
          ]),
    ];
  },
  suffer: (loss, evidence) => sharedWithSyn(evidence, loss),
  shows:
    () =>
    ({ kind, attempt }) =>
      kind !== 'slow' || isOnDataSchedule(attempt.sample.totalMs),
  blame: (loss, evidence) => {
    const { says, object, where } = placeOf(evidence, loss);
    const late = loss.attempts.map(({ sample }) => sample.totalMs).toSorted((a, b) => a - b);
    return {
      title: `${loss.of === 'requests' ? 'Requests' : 'Answers'} get lost ${says}, and come ${duration(late[0] ?? FIRST_STEP_MS)} to ${duration(late.at(-1) ?? FIRST_STEP_MS)} late`,
      object,
      where,
      timer: { name: 'TCP retransmission (0.2, 0.4, 0.8, 1.6 s)', ms: FIRST_STEP_MS },
      lines: [
        line(
          'Steps',
          `${loss.attempts.length} of ${loss.tried} answers came after ${list(late.map(duration), 6)}`,
          loss.attempts,
        ),
      ],
      fix: {
        says: `Look for drops ${says}: ip -s link, tc -s qdisc, and nstat (TcpRetransSegs) on both sides.`,
        manifest: null,
      },
    };
  },
});

/** Where the losses meet; clean is what lost nothing else either. */
function placeOf(evidence: Evidence, loss: Loss) {
  const own = new Set<PathEvidence>(loss.paths);
  const place = commonPlace(evidence, [...loss.paths]);
  return { ...place, clean: place.clean.filter((path) => !own.has(path)) };
}
