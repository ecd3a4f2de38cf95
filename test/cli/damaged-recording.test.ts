/** Recordings damaged at random, with a fixed seed: each is refused in one line or judged, and what is judged can be rendered. */
import { expect, test } from 'vitest';
import { judge } from '../../src/judge/judge.ts';
import { Verdict } from '../../src/model/verdict.ts';
import { parseRecording } from '../../src/recording/parse.ts';
import { renderers } from '../../src/render/render.ts';
import * as make from '../judge/make.ts';

const ROUNDS = 600;
const ODD = [null, '', 'x', -1, 0, 1e308, true, [], {}, '\u001b[2J', '999.1.1.1/99', 'worker-9'] as const;
const options = { width: 80, colour: false, unicode: true, verbose: true, again: null };

const web = make.path('host@worker-1', make.to.backend());
const entry = make.path('local', make.to.entry());
const whole = JSON.stringify(
  make.recording({
    paths: [web, entry],
    samples: [
      ...make.on(web, [make.sample({ connectMs: 3 }), make.silent(), make.refused()]),
      ...make.on(entry, [make.sample({ connectMs: 3, firstByteMs: 5003, status: 200 }), make.sample({ status: 200 })]),
    ],
    arrivals: [make.arrival('twin:web@worker-2', '10.244.1.0:40000')],
    halfOpen: [make.halfOpen('twin:web@worker-2', '10.244.1.0:40000')],
  }),
);

/** A linear congruential generator (the constants of C's rand in POSIX.1-2001): the same damage every time. */
function dice(seed: number): (sides: number) => number {
  let state = seed;
  return (sides) => {
    state = (state * 1_103_515_245 + 12_345) % 2 ** 31;
    return Math.floor((state / 2 ** 31) * sides);
  };
}

type Holder = Record<string, unknown>;

function slots(holder: Holder, found: [Holder, string][] = []): [Holder, string][] {
  for (const [key, value] of Object.entries(holder)) {
    found.push([holder, key]);
    if (typeof value === 'object' && value !== null) slots(value as Holder, found);
  }
  return found;
}

function damage(roll: (sides: number) => number): unknown {
  const copy = JSON.parse(whole) as Holder;
  const all = slots(copy);
  const [holder, key] = all[roll(all.length)] ?? [copy, 'schema'];
  const way = roll(5);
  if (way === 0) delete holder[key];
  else if (way === 1 && Array.isArray(holder)) holder.push(holder[Number(key)]);
  else holder[key] = ODD[roll(ODD.length)];
  return copy;
}

/** Everything that is printed of a damaged recording: all renderings of its verdict, or the one line that refuses it. */
function printed(damaged: unknown): { kind: 'judged' | 'refused'; text: string } {
  const parsed = parseRecording(damaged);
  if (!parsed.ok) return { kind: 'refused', text: parsed.problem };
  const verdict = Verdict.parse(judge(parsed.value));
  return {
    kind: 'judged',
    text: Object.values(renderers)
      .map((render) => render(verdict, options))
      .join(''),
  };
}

test('no damaged recording is met with an exception, an escape sequence or more than one line of refusal', () => {
  const roll = dice(7);
  const all = Array.from({ length: ROUNDS }, () => printed(damage(roll)));
  const refusals = all.filter(({ kind }) => kind === 'refused').map(({ text }) => text);
  expect(all.filter(({ text }) => text.includes('\u001b'))).toEqual([]);
  expect(refusals.filter((text) => !/^.{5,300}$/u.test(text))).toEqual([]);
  expect(refusals.length).toBeGreaterThan(ROUNDS / 10);
  expect(refusals.length).toBeLessThan(ROUNDS * 0.9);
});

test('a recording judged offline gives the verdict that it gave live', () => {
  const live = judge(JSON.parse(whole) as Parameters<typeof judge>[0]);
  const parsed = parseRecording(JSON.parse(whole));
  expect(parsed.ok && judge(parsed.value)).toEqual(live);
});
