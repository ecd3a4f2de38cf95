import { expect, test } from 'vitest';
import { withResolvedNames } from '../../../src/judge/evidence/resolved-names.ts';
import type { Recording } from '../../../src/model/recording.ts';

const recording = (remote: string | undefined): Recording =>
  ({
    target: { kind: 'external', host: 'ledger.corp.test', direct: [{ address: 'ledger.corp.test', port: 443 }] },
    plan: {
      paths: [
        { id: 'a', to: { kind: 'external', address: 'ledger.corp.test', port: 443 } },
        { id: 'b', to: { kind: 'resolver', name: 'ledger.corp.test' } },
      ],
    },
    samples: [{ path: 'a', ...(remote === undefined ? {} : { remote }) }, { path: 'b' }],
  }) as unknown as Recording;

test('a name that no probe resolved stays', () => {
  expect(withResolvedNames(recording(undefined))).toEqual(recording(undefined));
});

test('policies judge the address that the probes connected to', () => {
  const { plan, target } = withResolvedNames(recording('192.0.2.9'));
  expect(plan.paths.map(({ to }) => to)).toEqual([
    { kind: 'external', address: '192.0.2.9', port: 443 },
    { kind: 'resolver', name: 'ledger.corp.test' },
  ]);
  expect(target.direct).toEqual([{ address: '192.0.2.9', port: 443 }]);
});
