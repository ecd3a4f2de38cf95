import { expect, test } from 'vitest';
import { diagnoses } from '../../src/judge/diagnoses/index.ts';
import { run } from './session.ts';

test('the catalog has every diagnosis once', async () => {
  const { exitCode, stdout } = await run(['catalog']);
  expect(exitCode).toBe(0);
  const ids = [...stdout.matchAll(/^ {2}([a-z0-9-]+) {2}/gmu)].map(([, id]) => id);
  expect(ids).toHaveLength(diagnoses.length);
  expect(new Set(ids)).toEqual(new Set(diagnoses.map(({ id }) => id)));
});

test('one diagnosis is told in full', async () => {
  const { stdout } = await run(['catalog', 'lost-syn']);
  expect(stdout).toMatch(/^lost-syn \(retransmit-drop\)\n/u);
  for (const label of ['Means', 'Why', 'Proven by', 'Remedy', 'Limits']) expect(stdout).toContain(`\n  ${label} `);
});

test('an unknown id gets the nearest one', async () => {
  const { error } = await run(['catalog', 'lost-sin']);
  expect(error).toMatchObject({
    message: 'There is no diagnosis "lost-sin"',
    hint: expect.stringContaining('lost-syn'),
  });
});

test('the timers are listed on request, and each is told in full', async () => {
  const { timers } = await import('../../src/judge/evidence/timer-catalogue.ts');
  const list = await run(['catalog', '--timers']);
  const ids = [...list.stdout.matchAll(/^ {2}([a-z0-9-]+) {2}/gmu)].map(([, id]) => id);
  expect(new Set(ids)).toEqual(new Set(timers.map(({ id }) => id)));
  const one = await run(['catalog', 'haproxy-turn-around']);
  expect(one.stdout).toMatch(/^haproxy-turn-around \(timer, proxy\)\n/u);
  for (const label of ['Is', 'Shows at', 'Told apart', 'Source']) expect(one.stdout).toContain(`\n  ${label} `);
});
