import { expect, test } from 'vitest';
import { differencesOf } from '../../../src/judge/evidence/differences.ts';
import { pathEvidence } from '../../../src/judge/evidence/path-evidence.ts';
import type { Sample } from '../../../probes/wire.ts';
import { agent, dnsAnswer, path, sample, target, times, to } from '../make.ts';
import { diagnose, shopCluster } from '../world.ts';
import type { Break } from '../world.ts';

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

const unknownPath: Break = ({ to: { kind } }) =>
  kind === 'backend' || kind === 'service' ? times(3, () => sample({ status: 404 })) : null;

test('an ingress that rewrites the path asks endpoints for what its users do not write', () => {
  expect(diagnose({ breaks: [unknownPath] }).status).toBe('healthy');
});

test('an entry that answers otherwise than the others is no rewriting', () => {
  const one: Break = (asked) =>
    asked.to.kind === 'entry' && asked.to.node === 'worker-2' ? times(3, () => sample({ status: 404 })) : null;
  expect(diagnose({ breaks: [one, unknownPath] }).status).not.toBe('healthy');
});
