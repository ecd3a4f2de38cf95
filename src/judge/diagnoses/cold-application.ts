import { count, duration } from '../../model/format.ts';
import { defineDiagnosis } from '../engine/diagnosis.ts';
import type { Attempt, Evidence, PathEvidence } from '../evidence/evidence.ts';
import { ownerOf } from '../views/owner.ts';
import { line } from '../words/words.ts';

/** One late answer at first is a busy moment. */
const FEWEST_LATE = 2;
/** So many after them, all in good time, before a pause is thought of. */
const FEWEST_PROMPT = 10;
/** Some task of the node waited for a CPU in this share of the attempt: then its time says nothing. */
const BUSY_SHARE = 0.3;

/** The first requests of a run, and all that came when they were answered. */
interface Awakening {
  readonly paths: readonly PathEvidence[];
  readonly late: readonly Attempt[];
  readonly prompt: readonly Attempt[];
}

export default defineDiagnosis<Awakening>({
  id: 'cold-application',
  class: 'application',
  layer: 'application',
  title: 'The application is late to its first requests after a pause, and to no others',
  why: 'Caches, pools of connections, compiled code or a whole pod (scaled to zero) are gone after a pause, and who comes first waits until they are there again. Whoever measures goes on asking, and so keeps awake what sleeps for users.',
  test: 'Of all requests of a run those that came first are late, on connections that were quick, with nothing sent again; all that came when these were answered are in time.',
  remedy:
    'Ask now and then what must stay awake (a probe of the real path), keep pools and at least one pod alive, warm up before the pod is Ready.',
  limits:
    'Never more than possible: a run has one beginning, and anything else that was slow just then looks the same. A pause within the run would settle it, which no run waits for.',
  experiments: ['endpoints', 'entries', 'service-address'],
  suspects: (evidence) => {
    const found = awakening(evidence);
    return found === null ? [] : [found];
  },
  arm: ({ paths }) => ({ paths, fails: null }),
  contrasts: ({ prompt }) => [
    {
      label: 'Later',
      holds: true,
      says: `${count(prompt.length, 'request')} that came when these were answered: all in time`,
      attempts: prompt.slice(0, 10),
      settles: '',
    },
  ],
  shows: ({ late }) => {
    const own = new Set(late);
    return ({ attempt }) => own.has(attempt);
  },
  blame: ({ paths, late }, evidence) => {
    const slowest = Math.max(...late.map(({ sample }) => sample.totalMs));
    return {
      title: `The first ${count(late.length, 'request')} of this run took up to ${duration(slowest)}, and all later ones were in time: the application may sleep between requests`,
      object: ownerOf(evidence, paths),
      where: null,
      lines: [line('Not', 'nothing was sent again on these connections')],
      fix: {
        says: `Ask nothing for some seconds, then once (sleep 10; curl -w '%{time_total}'): where that is late again, the application falls asleep.`,
        manifest: null,
      },
    };
  },
});

function awakening(evidence: Evidence): Awakening | null {
  const asked = evidence.paths.filter(
    ({ path: { probe, to } }) =>
      probe.kind === 'http' && (to.kind === 'entry' || to.kind === 'service' || to.kind === 'backend'),
  );
  const all = asked.flatMap(({ timed }) => timed);
  const late = all.filter(({ sample }) => sample.totalMs >= evidence.slowAfterMs);
  if (late.length < FEWEST_LATE || !late.every((attempt) => isInside(evidence, attempt))) return null;
  const awakeAt = Math.min(...late.map(({ sample }) => sample.at + sample.totalMs));
  // Who came while the first was still waiting met the same.
  if (late.some(({ sample }) => sample.at >= awakeAt)) return null;
  const prompt = all.filter(({ sample }) => sample.at >= awakeAt);
  if (prompt.length < FEWEST_PROMPT || asked.some(({ unanswered }) => unanswered.length > 0)) return null;
  const own = new Set(late);
  return { paths: asked.filter(({ timed }) => timed.some((attempt) => own.has(attempt))), late, prompt };
}

/** The time passed between the request and its answer, and nobody waited for a CPU meanwhile. */
function isInside({ slowAfterMs }: Evidence, { sample }: Attempt): boolean {
  const { phases, synRetransmissions, dataRetransmissions, cpuPressure } = sample;
  const isQuiet = synRetransmissions === 0 && dataRetransmissions === 0 && (cpuPressure ?? 0) < BUSY_SHARE;
  return isQuiet && (phases['first-byte'] ?? 0) >= slowAfterMs;
}
