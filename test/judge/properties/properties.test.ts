/**
 * What must hold of every verdict, over recordings that nobody thought of. KPROBE_PROPERTY_RUNS says how many (300 in the suite,
 * 20,000 by `npm run test:properties`), KPROBE_PROPERTY_SEED from where; a failure prints the smallest situation that shows it.
 */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Recording } from '../../../src/model/recording.ts';
import { judge } from '../../../src/judge/judge.ts';
import type { Verdict } from '../../../src/model/verdict.ts';
import { endOtherwise } from './endings.ts';
import { differingSiblings, endedAs, isFailingArm, isThisMachine, triedIn, type Tried } from './reading.ts';
import { recordingOf, situation } from './situation.ts';

const RUNS = Number(process.env['KPROBE_PROPERTY_RUNS'] ?? 300);
/** Any number: always the same, so that a failure of the suite is one for everybody. */
const SEED = Number(process.env['KPROBE_PROPERTY_SEED'] ?? 20_260_101);
/** Two verdicts of a situation and its shrinking on a busy machine, milliseconds. */
const LIMIT_MS = 60_000 + 100 * RUNS;
/** A share is rounded to three digits. */
const ROUNDING = 0.0005 + 1e-9;

const options = { timeout: LIMIT_MS };
const settings = { numRuns: RUNS, seed: SEED };

test('healthy is said only where every user-facing path was served', options, () => {
  holds((recording, { status }) => {
    if (status !== 'healthy') return [];
    const unserved = triedIn(recording).filter(({ path, served }) => path.userFacing && served === 0);
    return named(unserved.filter((tried) => !isThisMachine(recording, tried)));
  });
});

test('healthy is said only where no arm failed', options, () => {
  holds((recording, { status }) => {
    if (status !== 'healthy') return [];
    return named(triedIn(recording).filter((tried) => isFailingArm(recording, tried)));
  });
});

test('healthy is said only where siblings answer alike', options, () => {
  holds((recording, { status }) => (status === 'healthy' ? differingSiblings(recording).map(named) : []));
});

test('a symptom is explained once: shares sum to at most 1', options, () => {
  holds((_, { findings }) => {
    const sum = findings.reduce((total, { explains }) => total + explains, 0);
    return sum <= 1 + ROUNDING * findings.length
      ? []
      : [sum, ...findings.map(({ diagnosis, explains }) => `${diagnosis} ${explains}`)];
  });
});

test('no finding rests on nothing, and no diagnosis breaks', options, () => {
  holds((recording, { findings, notMeasured }) => [
    ...notMeasured.filter(({ because }) => because.startsWith('a bug in kprobe')),
    ...findings.flatMap(({ diagnosis, evidence }) =>
      evidence
        .flatMap(({ samples }) => samples.filter((index) => recording.samples[index] === undefined))
        .map((index) => `${diagnosis} ${index}`),
    ),
  ]);
});

test('an answered attempt that fails never makes a verdict healthier', options, () => {
  fc.assert(
    fc.property(situation, fc.nat(), fc.constantFrom('silent', 'refused'), (situated, which, kind) => {
      const before = recordingOf(situated);
      const after = withOneFailure(before, which, kind);
      fc.pre(after !== null && judge(before).status !== 'healthy');
      expect(judge(after).status).not.toBe('healthy');
    }),
    settings,
  );
});

test('the order of samples, pods and policies does not matter', options, () => {
  fc.assert(
    fc.property(situation, fc.nat(), (situated, seed) => {
      const recording = recordingOf(situated);
      const order = randomNumbers(seed);
      const { pods, networkPolicies } = recording.cluster;
      const other: Recording = {
        ...recording,
        samples: shuffle(recording.samples, order),
        cluster: {
          ...recording.cluster,
          pods: shuffle(pods, order),
          networkPolicies: shuffle(networkPolicies, order),
        },
      };
      expect(withoutIndices(judge(other))).toEqual(withoutIndices(judge(recording)));
    }),
    settings,
  );
});

/*
 * PLACE FOR ONE MORE: nothing ruled out rests on a failing arm.
 * The verdict names a ruled-out suspect by a word; which arms it rests on only the judge knows. With its interface the test is
 *   holds((recording, verdict) => verdict.ruledOut.flatMap((line) => armsOf(line)).filter((path) => isFailingArm(recording, tried(path))))
 * Below is what can be said from outside: DNS is not ruled out where a source under test had not one answer from it.
 */
test('DNS is not ruled out where a source under test had no answer from a server', options, () => {
  holds((recording, { ruledOut }) => {
    if (!ruledOut.some(({ suspect }) => suspect === 'DNS')) return [];
    const isDns = ({ path: { probe } }: Tried) => probe.kind === 'dns' || probe.kind === 'resolver';
    return named(
      triedIn(recording).filter((tried) => isDns(tried) && tried.from.underTest && isFailingArm(recording, tried)),
    );
  });
});

/** `violations` of a recording and its verdict are empty, whatever the situation. */
function holds(violations: (recording: Recording, verdict: Verdict) => readonly unknown[]): void {
  fc.assert(
    fc.property(situation, (situated) => {
      const recording = recordingOf(situated);
      const found = violations(recording, judge(recording));
      // As text: a difference that vitest prints of objects is shortened.
      expect(found.map((each) => JSON.stringify(each)).join('\n')).toBe('');
    }),
    settings,
  );
}

function named(tried: readonly Tried[]): string[] {
  return tried.map(
    ({ path, served, failed, answers }) => `${path.id}: ${served} served, ${failed} failed, ${[...answers].join(' ')}`,
  );
}

/** The recording with one of its served attempts failed; null where none was served. */
function withOneFailure(recording: Recording, which: number, kind: 'silent' | 'refused'): Recording | null {
  const served = recording.samples.filter((sample) => endedAs(sample) === 'served');
  const chosen = served[which % Math.max(1, served.length)];
  const path = recording.plan.paths.find(({ id }) => id === chosen?.path);
  if (chosen === undefined || path === undefined) return null;
  const failed = endOtherwise({ kind }, path, chosen) ?? endOtherwise({ kind: 'silent' }, path, chosen) ?? chosen;
  return { ...recording, samples: recording.samples.map((sample) => (sample === chosen ? failed : sample)) };
}

/** A linear congruential generator (Numerical Recipes, 2nd edition, 7.1): good enough to shuffle, and one number to tell of. */
function randomNumbers(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    // The low bits repeat soon.
    return state >>> 8;
  };
}

/** Fisher and Yates. */
function shuffle<T>(all: readonly T[], next: () => number): T[] {
  const shuffled = [...all];
  for (let last = shuffled.length - 1; last > 0; last -= 1) {
    const other = next() % (last + 1);
    const [a, b] = [shuffled[last], shuffled[other]];
    if (a !== undefined && b !== undefined) [shuffled[last], shuffled[other]] = [b, a];
  }
  return shuffled;
}

/** The verdict with the number of samples that each line points at: which of many equals it names may depend on their order. */
function withoutIndices(verdict: Verdict): object {
  const findings = verdict.findings.map((finding) => ({
    ...finding,
    evidence: finding.evidence.map((line) => ({ ...line, samples: line.samples.length })),
  }));
  return { ...verdict, findings };
}
