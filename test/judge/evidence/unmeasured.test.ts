import { expect, test } from 'vitest';
import type { Hello } from '../../../probes/wire.ts';
import { delayOf } from '../../../src/judge/evidence/delay.ts';
import { gatherEvidence } from '../../../src/judge/evidence/gather.ts';
import { matchTimers } from '../../../src/judge/evidence/timers.ts';
import { judge } from '../../../src/judge/judge.ts';
import { hello, on, path, recording, sample, to } from '../make.ts';
import { diagnose, run, type World } from '../world.ts';

/** As an agent on macOS says it. */
const BLIND: Partial<Hello> = { unmeasured: ['retransmissions', 'counters', 'cpu', 'settings'], sysctls: {} };
const LINE = {
  what: 'retransmissions of single connections, counters of the network, waits for a CPU and settings of the kernel at this machine',
  because: 'the system there shows no /proc, or not all of it',
};

function withBlindLocal(world: World = {}): World {
  const hellos = run(world).hellos.map((each) => (each.agent === 'local' ? { ...each, ...BLIND } : each));
  return { ...world, over: { ...world.over, hellos } };
}

test('a healthy verdict needs none of it, and stays as it is', () => {
  expect(diagnose(withBlindLocal())).toEqual(diagnose());
  expect(diagnose().status).toBe('healthy');
});

test('beside a verdict that is not healthy it is said once, and only of who lacks it', () => {
  const slow: World = {
    breaks: [
      ({ to: far }) => (far.kind === 'entry' ? [sample({ connectMs: 1, firstByteMs: 900, status: 200 })] : null),
    ],
  };
  expect(diagnose(slow).notMeasured).not.toContainEqual(LINE);
  expect(diagnose(withBlindLocal(slow)).notMeasured.filter(({ because }) => because === LINE.because)).toEqual([LINE]);
});

const ENTRY = path('local', to.entry());
const late = recording({
  paths: [ENTRY],
  samples: on(ENTRY, [sample({ connectMs: 1012, firstByteMs: 1, status: 200 })]),
});

test('what could not be counted speaks neither for nor against a timer', () => {
  const matched = (over: Partial<Hello>) => {
    const evidence = gatherEvidence({ ...late, hellos: [hello('local', over)] });
    const [only] = evidence.paths;
    const [attempt] = only?.answered ?? [];
    if (only === undefined || attempt === undefined) throw new Error('one path, one answer');
    return matchTimers(delayOf(evidence, only, attempt)).matches.map(({ timer }) => timer.id);
  };
  expect(matched({})).toEqual([]);
  expect(matched(BLIND)).toContain('syn-retransmission');
});

test('a slow connect is no proof of a lost SYN there', () => {
  const verdict = judge({ ...late, hellos: [hello('local', BLIND)] });
  expect(verdict.status).not.toBe('healthy');
  expect(verdict.findings.map(({ certainty }) => certainty)).not.toContain('proven');
});
