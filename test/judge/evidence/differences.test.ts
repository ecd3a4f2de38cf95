import { expect, test } from 'vitest';
import { differencesOf } from '../../../src/judge/evidence/differences.ts';
import { pathEvidence } from '../../../src/judge/evidence/path-evidence.ts';
import type { Sample } from '../../../probes/wire.ts';
import { agent, dnsAnswer, path, target, to } from '../make.ts';
import { shopCluster } from '../world.ts';

const denied = (rcode: string): Sample => dnsAnswer({ rcode, answers: [] });

/** What is said of a server, beside a sibling that knows the name. */
function saidOf(samples: readonly Sample[]): string | undefined {
  const servers = ['worker-1', 'worker-2'].map((node, nth) =>
    pathEvidence({
      path: path(`control@${node}`, to.dns()),
      from: agent(`control@${node}`),
      to: null,
      attempts: (nth === 0 ? [dnsAnswer()] : samples).map((each, index) => ({ index: index + 10 * nth, sample: each })),
      schedule: null,
      slowAfterMs: 200,
      isFarEndLost: false,
    }),
  );
  return [...differencesOf(servers, target(), shopCluster()).values()].map(({ says }) => says)[0];
}

test('a server that knows the name too is no different', () => {
  expect(saidOf([dnsAnswer()])).toBeUndefined();
});

test('all that came instead of addresses is said, whatever came first', () => {
  const said = saidOf([denied('SERVFAIL'), denied('NXDOMAIN'), denied('SERVFAIL')]);
  expect(said).toMatch(/^NXDOMAIN and SERVFAIL for \S+ A, which its siblings know$/);
  expect(saidOf([denied('NXDOMAIN'), denied('SERVFAIL')])).toBe(said);
  expect(saidOf([denied('NOERROR')])).toMatch(/^no address for /);
});
