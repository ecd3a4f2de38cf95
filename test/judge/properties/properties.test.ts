/**
 * What must hold of every verdict, over recordings that nobody thought of. KPROBE_PROPERTY_RUNS says how many (300 in the suite,
 * 20,000 by `npm run test:properties`), KPROBE_PROPERTY_SEED from where; a failure prints the smallest situation that shows it.
 */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Recording } from '../../../src/model/recording.ts';
import { examine, judge } from '../../../src/judge/judge.ts';
import type { Verdict } from '../../../src/model/verdict.ts';
import { endOtherwise } from './endings.ts';
import {
  differingSiblings,
  endedAs,
  isDead,
  isFailingArm,
  isKeptOut,
  isMeant,
  isThisMachine,
  restsOn,
  triedIn,
  type Tried,
} from './reading.ts';
import { recordingOf, situation } from './situation.ts';

const RUNS = Number(process.env['KPROBE_PROPERTY_RUNS'] ?? 300);
/** Any number: always the same, so that a failure of the suite is one for everybody. */
const SEED = Number(process.env['KPROBE_PROPERTY_SEED'] ?? 20_260_101);
/** Two verdicts of a situation and its shrinking on a busy machine, milliseconds. */
const LIMIT_MS = 60_000 + 100 * RUNS;

const options = { timeout: LIMIT_MS };
const settings = { numRuns: RUNS, seed: SEED };

interface Judged {
  readonly recording: Recording;
  readonly tried: readonly Tried[];
  readonly verdict: Verdict;
  /** Ids of the paths that findings account for. */
  readonly claimed: ReadonlySet<string>;
}
type Law = (judged: Judged) => readonly unknown[];

/** What a verdict may not do, by what it would then have said; each gives its violations. */
const LAWS: Readonly<Record<string, Law>> = {
  'healthy is said only where every user-facing path was served': ({ recording, tried, verdict: { status } }) =>
    status !== 'healthy'
      ? []
      : tried
          .filter(({ path, served }) => path.userFacing && served === 0)
          .filter((each) => !isThisMachine(recording, each))
          .map(named),
  'healthy is said only where no arm failed': ({ recording, tried, verdict: { status } }) =>
    status === 'healthy' ? tried.filter((each) => isFailingArm(recording, each)).map(named) : [],
  'healthy is said only where siblings answer alike': ({ tried, verdict: { status } }) =>
    status === 'healthy' ? differingSiblings(tried).flatMap((siblings) => siblings.map(named)) : [],
  'every failing arm is claimed by a shown finding or listed': ({ recording, tried, claimed, verdict }) => {
    const failing = tried.filter((each) => isFailingArm(recording, each) && !claimed.has(each.path.id));
    const left = failing
      .filter((each) => !(isUnasked(verdict) && isKeptOut(recording, each)))
      .filter(({ path }) => !(path.userFacing && areSymptomsListed(verdict)));
    return left.length <= listedArms(verdict) ? [] : left.map(named);
  },
  'a symptom is explained once: shares sum to at most 1': ({ verdict: { findings } }) => {
    const sum = findings.reduce((total, { explains }) => total + explains, 0);
    return sum <= 1 + 1e-9 ? [] : [sum, ...findings.map(({ diagnosis, explains }) => `${diagnosis} ${explains}`)];
  },
  'no finding rests on nothing': ({ recording: { samples }, verdict: { findings } }) =>
    findings.flatMap(({ diagnosis, evidence }) =>
      evidence
        .flatMap((line) => line.samples.filter((index) => samples[index] === undefined))
        .map((index) => `${diagnosis} ${index}`),
    ),
  'no diagnosis breaks': ({ verdict: { notMeasured } }) =>
    notMeasured.filter(({ because }) => because.startsWith('a bug in kprobe')),
  'nothing ruled out rests on a failing arm': ({ recording, tried, verdict: { ruledOut } }) =>
    ruledOut.flatMap(({ suspect }) =>
      tried.filter((each) => restsOn(suspect, each) && isDead(each) && !isThisMachine(recording, each)).map(named),
    ),
};

test('every law holds of every verdict', options, () => {
  fc.assert(
    fc.property(situation, (situated) => {
      const recording = recordingOf(situated);
      const judged = { recording, tried: triedIn(recording), ...examine(recording) };
      const violations = Object.entries(LAWS).flatMap(([law, violationsIn]) =>
        violationsIn(judged).map((each) => `${law}: ${typeof each === 'string' ? each : JSON.stringify(each)}`),
      );
      // As text: a difference that vitest prints of objects is shortened.
      expect(violations.join('\n')).toBe('');
    }),
    settings,
  );
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

/** It says that no client was named, and that its own neutral view is not that of one. */
function isUnasked({ notMeasured }: Verdict): boolean {
  return notMeasured.some(({ what }) => what.endsWith('as one of its clients sees it'));
}

/** Attempts of the user's that no finding explains are one line, whatever their paths. */
function areSymptomsListed({ notMeasured }: Verdict): boolean {
  return notMeasured.some(({ what }) => /^the cause of \d+ of \d+ slow or failed attempts?$/.test(what));
}

/** How many failing arms the verdict lists because no finding accounts for them. */
function listedArms({ notMeasured }: Verdict): number {
  return notMeasured
    .map(({ what }) => /^the cause of(?:: | (\d+) more failing paths?$)/.exec(what))
    .reduce((sum, found) => sum + (found === null ? 0 : Number(found[1] ?? 1)), 0);
}

function named({ path, served, failed, answers }: Tried): string {
  return `${path.id}: ${served} served, ${failed} failed, ${[...answers].join(' ')}`;
}

/**
 * The recording with one of its served attempts failed; null where none was served. Not on a path that a policy may deny: there an answer is
 * what is wrong, and to fail is as it should be.
 */
function withOneFailure(recording: Recording, which: number, kind: 'silent' | 'refused'): Recording | null {
  const paths = new Map(triedIn(recording).map((tried) => [tried.path.id, tried]));
  const served = recording.samples.filter((sample) => {
    const tried = paths.get(sample.path);
    return endedAs(sample) === 'served' && tried !== undefined && !isMeant(recording, tried);
  });
  const chosen = served[which % Math.max(1, served.length)];
  const path = paths.get(chosen?.path ?? '')?.path;
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
