import { expect, test } from 'vitest';
import { relapsesIn } from '../../src/collect/relapses.ts';
import { pod } from '../judge/make.ts';

const BEFORE = Date.parse('2027-01-15T08:00:00Z');
const AGAIN = Date.parse('2027-01-15T09:30:00Z');
const before = [pod({ name: 'web-1', readySince: BEFORE })];
const now = (status: string, at: number | null, name = 'web-1') => ({
  metadata: { namespace: 'shop', name },
  status: {
    conditions: [{ type: 'Ready', status, ...(at === null ? {} : { lastTransitionTime: new Date(at).toISOString() }) }],
  },
});

test.for<[string, Parameters<typeof relapsesIn>[0], Parameters<typeof relapsesIn>[1]]>([
  ['Ready as before', [now('True', BEFORE)], before],
  ['it has gone', [now('True', AGAIN, 'web-2')], before],
  ['nobody says since when', [now('False', null)], before],
  ['it was not Ready before', [now('True', AGAIN)], [pod({ name: 'web-1', ready: false, readySince: BEFORE })]],
  ['since when it was Ready is not known', [now('True', AGAIN)], [pod({ name: 'web-1' })]],
  ['no condition at all', [{ metadata: { namespace: 'shop', name: 'web-1' } }], before],
])('none: %s', ([, objects, pods]) => {
  expect(relapsesIn(objects, pods, AGAIN)).toEqual([]);
});

test('it is Ready again since then, or not yet', () => {
  const named = { pod: { namespace: 'shop', name: 'web-1' }, seenAt: AGAIN + 1 };
  expect(relapsesIn([now('True', AGAIN)], before, AGAIN + 1)).toEqual([{ ...named, readyAt: AGAIN }]);
  expect(relapsesIn([now('False', AGAIN)], before, AGAIN + 1)).toEqual([{ ...named, readyAt: null }]);
});
