import { expect, test } from 'vitest';
import { HalfOpenFinder } from '../../probes/half-open.ts';

const ROW = '   3: 01004D0A:1F90 02004D0A:C001 03 00000000:00000000 01:00000052 00000000     0        0 0 1 0';

function finder(state: { timeouts: number; tables: string; reads: number }): HalfOpenFinder {
  return new HalfOpenFinder([8080], {
    counters: () => new Map([['TcpExt.TCPTimeouts', state.timeouts]]),
    tables: () => {
      state.reads += 1;
      return Promise.resolve(state.tables);
    },
  });
}

test('the tables are not even read while no timer fires', async () => {
  const state = { timeouts: 4, tables: ROW, reads: 0 };
  const half = finder(state);
  expect(await half.look()).toEqual([]);
  expect(await half.look()).toEqual([]);
  expect(state.reads).toBe(0);
});

test('a handshake that one look meets in the middle is not told', async () => {
  const state = { timeouts: 0, tables: ROW, reads: 0 };
  const half = finder(state);
  state.timeouts = 1;
  expect(await half.look()).toEqual([]);
  state.tables = '';
  expect(await half.look()).toEqual([]);
});

test('a connection that two looks show is told, and its peer only once', async () => {
  const state = { timeouts: 0, tables: ROW, reads: 0 };
  const half = finder(state);
  state.timeouts = 1;
  expect(await half.look()).toEqual([]);
  expect(await half.look()).toEqual([{ port: 8080, from: '10.77.0.2' }]);
  state.timeouts = 2;
  expect(await half.look()).toEqual([]);
});
