import { describe, expect, test } from 'vitest';
import type { Sample } from '../../../probes/wire.ts';
import { cut, dnsAnswer, sample, silent, times } from '../make.ts';
import { diagnose, dns, findingOf, isPod, serviceOnly } from '../world.ts';
import type { Break } from '../world.ts';
import { dnsTimeout, pod } from '../breaks.ts';

const id = 'lost-dns-answers';
const [first, second] = dns;
if (first === undefined || second === undefined) throw new Error('the shop has two DNS servers');
const lost = (): Sample => silent({ phase: 'dns', waitedMs: 16_700 });
const half = (): Sample[] => [dnsAnswer(), lost(), dnsAnswer(), lost()];
const isUdpQuestion: (path: Parameters<Break>[0]) => boolean = ({ probe }) =>
  probe.kind === 'dns' && probe.transport === 'udp';
const halfOf: Break = (path) => (isUdpQuestion(path) ? half() : null);
const lossyConnects: Break = (path, _from, to) =>
  path.probe.kind === 'tcp' && to?.kind === 'control'
    ? [sample({ connectMs: 0.4 }), sample({ connectMs: 1017, synRetransmissions: 1 }), sample({ connectMs: 0.4 })]
    : null;

describe('silent', () => {
  test.for<[string, Break[]]>([
    ['all is answered', []],
    ['nothing is answered', [(path) => (path.probe.kind === 'dns' ? dnsTimeout() : null)]],
    ['one server never answers', [pod(first, dnsTimeout)]],
    [
      'the Service alone loses answers: one of its pods is dead',
      [(path) => ('service' in path.to && path.to.service !== null && isUdpQuestion(path) ? half() : null)],
    ],
    [
      'AAAA is never answered',
      [
        (path) =>
          path.probe.kind === 'dns' && path.probe.type !== 'A'
            ? times(3, () =>
                silent({
                  phase: 'dns',
                  waitedMs: 16_700,
                  ...(path.probe.kind === 'dns' && path.probe.type === 'A+AAAA' ? { dns: halfAnswer } : {}),
                }),
              )
            : null,
      ],
    ],
    [
      'one node never reaches them',
      [(path, from) => (from.node === 'worker-1' && isUdpQuestion(path) ? dnsTimeout() : null)],
    ],
    ['connects lose SYNs alike: it is the network', [halfOf, lossyConnects]],
    [
      'a question waits when the run is cut',
      [(path) => (isUdpQuestion(path) ? [dnsAnswer(), cut({ phase: 'dns', waitedMs: 900 })] : null)],
    ],
    [
      'a new pod is let through after five seconds',
      [
        (path, from) =>
          isUdpQuestion(path) && from.node === 'worker-2' ? [...times(5, lost), ...times(4, () => dnsAnswer())] : null,
      ],
    ],
    [
      'from some moment on nothing is answered',
      [(path) => (isUdpQuestion(path) ? [...times(2, () => dnsAnswer()), ...times(2, lost)] : null)],
    ],
    [
      'servers refuse at times: that is an answer',
      [(path) => (isUdpQuestion(path) ? [dnsAnswer(), dnsAnswer({ rcode: 'REFUSED', answers: [] })] : null)],
    ],
  ])('%s', ([, breaks]) => {
    expect(findingOf(id, { breaks })).toBeNull();
  });

  test('a single answer is lost', () => {
    let left = 1;
    const once: Break = (path) =>
      isUdpQuestion(path) && isPod(first, path) && left-- > 0 ? [dnsAnswer(), lost()] : null;
    expect(findingOf(id, { breaks: [once] })).toBeNull();
  });
});

/** Of two questions from one socket the one for A was answered. */
const halfAnswer: NonNullable<Sample['dns']> = {
  rcode: 'NOERROR',
  answers: ['10.96.0.80'],
  truncated: false,
  questions: [
    { type: 'A', rcode: 'NOERROR', answers: ['10.96.0.80'], ms: 0.8 },
    { type: 'AAAA', rcode: null, answers: [], ms: null },
  ],
};

describe('speaking', () => {
  test('all servers lose half: the Service, and why lookups take 5 s', () => {
    const slow: Break = (path) =>
      path.probe.kind === 'resolver' ? [sample({ dnsMs: 5003 }), sample({ dnsMs: 1 })] : null;
    const verdict = diagnose({ target: serviceOnly(), breaks: [halfOf, slow] });
    expect(verdict.findings[0]).toMatchObject({
      diagnosis: id,
      certainty: 'proven',
      object: { kind: 'Service', name: 'kube-dns' },
      timer: { ms: 5000 },
    });
    expect(verdict.findings[0]?.title).toContain('50 %');
    expect(verdict.ruledOut.map(({ suspect }) => suspect)).not.toContain('DNS');
  });

  test('one server of two: the pod', () => {
    expect(findingOf(id, { breaks: [pod(second, half)] })).toMatchObject({
      certainty: 'proven',
      object: { kind: 'Pod', name: 'coredns-2' },
    });
  });

  test('to one node alone', () => {
    const breaks: Break[] = [(path, from) => (from.node === 'worker-3' && isUdpQuestion(path) ? half() : null)];
    expect(findingOf(id, { breaks })).toMatchObject({ where: { from: 'worker-3' } });
  });

  test('datagrams between probe pods are lost as well: likely, and said how to settle it', () => {
    const breaks: Break[] = [
      halfOf,
      (path) => (path.probe.kind === 'udp' ? [sample({ firstByteMs: 0.4 }), silent({ phase: 'first-byte' })] : null),
    ];
    expect(findingOf(id, { breaks })).toMatchObject({ certainty: 'likely' });
  });
});

test('speaking: one node loses connects as well, and questions of the others get lost beside', () => {
  const ofNode: Break = (path, from, to) => (from.node === 'worker-2' ? lossyConnects(path, from, to) : null);
  expect(findingOf(id, { target: serviceOnly(), breaks: [halfOf, ofNode] })).toMatchObject({ certainty: 'proven' });
});

test('silent: what gets lost is of the node that loses connects', () => {
  const ofNode: Break = (path, from, to) =>
    from.node === 'worker-2' ? (halfOf(path, from, to) ?? lossyConnects(path, from, to)) : null;
  expect(findingOf(id, { target: serviceOnly(), breaks: [ofNode] })).toBeNull();
});
