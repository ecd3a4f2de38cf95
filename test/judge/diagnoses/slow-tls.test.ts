import { expect, test } from 'vitest';
import { sample, serviceTarget, times, backend } from '../make.ts';
import { diagnose, findingOf, serviceOnly, shopTarget, web } from '../world.ts';
import type { Break, World } from '../world.ts';

const id = 'slow-tls';
const target = serviceOnly({ scheme: 'https' });
const handshake =
  (over: Parameters<typeof sample>[0]): Break =>
  ({ probe, to }) =>
    probe.kind === 'http' && probe.tls && (to.kind === 'service' || to.kind === 'backend' || to.kind === 'entry')
      ? times(4, () => sample({ connectMs: 0.4, tlsMs: 8, firstByteMs: 2, status: 200, ...over }))
      : null;

test.for<[string, World]>([
  ['quick handshakes', { target, breaks: [handshake({})] }],
  [
    'plain HTTP that is slow',
    {
      breaks: [
        ({ to }) =>
          to.kind === 'backend' ? times(4, () => sample({ connectMs: 0.4, firstByteMs: 900, status: 200 })) : null,
      ],
    },
  ],
  ['the answer is as slow as the handshake', { target, breaks: [handshake({ tlsMs: 900, firstByteMs: 950 })] }],
  ['the connect is slow too', { target, breaks: [handshake({ tlsMs: 900, connectMs: 700 })] }],
  ['segments of the handshake were repeated', { target, breaks: [handshake({ tlsMs: 840, dataRetransmissions: 2 })] }],
  ['kprobe itself had no CPU', { target, breaks: [handshake({ tlsMs: 900, cpuWaitMs: 700 })] }],
])('silent: %s', ([, world]) => {
  expect(findingOf(id, world)).toBeNull();
});

test('speaking: at the pods', () => {
  const verdict = diagnose({ target, breaks: [handshake({ tlsMs: 900 })] });
  expect(verdict.findings).toMatchObject([
    { diagnosis: id, certainty: 'proven', explains: 1, object: { kind: 'ReplicaSet' } },
  ]);
});

test('speaking: at the ingress', () => {
  const entries = shopTarget().entries.map((entry) => ({ ...entry, port: 443 }));
  const asked = shopTarget({ scheme: 'https', entries, service: serviceTarget({ backends: web.map(backend) }) });
  const verdict = diagnose({ target: asked, breaks: [handshake({ tlsMs: 900 })] });
  expect(verdict.findings).toMatchObject([{ diagnosis: id, object: null }]);
  expect(verdict.findings[0]?.title).toContain('ingress on worker-1');
});
