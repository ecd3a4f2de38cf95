import { expect, test } from 'vitest';
import type { Sample } from '../../../probes/wire.ts';
import { dnsAnswer, sample, silent } from '../make.ts';
import { diagnose, findingOf, serviceOnly } from '../world.ts';
import type { Break } from '../world.ts';

const id = 'racing-dns-queries';
type Path = Parameters<Break>[0];

const isUdp = ({ probe }: Path): boolean => probe.kind === 'dns' && probe.transport === 'udp';
const isPair = ({ probe }: Path): boolean => probe.kind === 'dns' && probe.type === 'A+AAAA';
const isFront = ({ to }: Path): boolean => to.kind === 'dns-server' && to.service !== null;

const none = (): Sample => silent({ phase: 'dns', waitedMs: 16_700 });
/** A was answered, AAAA never. */
const halved = (): Sample => ({
  ...none(),
  dns: {
    rcode: 'NOERROR',
    answers: ['10.96.0.80'],
    truncated: false,
    questions: [
      { type: 'A', rcode: 'NOERROR', answers: ['10.96.0.80'], ms: 0.8 },
      { type: 'AAAA', rcode: null, answers: [], ms: null },
    ],
  },
});
const sometimes =
  (is: (path: Path) => boolean, what: () => Sample): Break =>
  (path) =>
    is(path) ? [dnsAnswer(), what(), dnsAnswer(), what()] : null;
const racing = sometimes((path) => isPair(path) && isFront(path), halved);

test.for<[string, Break[]]>([
  ['all is answered', []],
  [
    'both questions are lost together: the pod they met is dead',
    [sometimes((path) => isPair(path) && isFront(path), none)],
  ],
  [
    'single questions are lost as well',
    [racing, sometimes((path) => isUdp(path) && isFront(path) && !isPair(path), none)],
  ],
  ['pairs straight to the pods lose one as well', [sometimes(isPair, halved)]],
  [
    'a pair is refused',
    [
      sometimes(
        (path) => isPair(path) && isFront(path),
        () => dnsAnswer({ rcode: 'REFUSED', answers: [] }),
      ),
    ],
  ],
])('silent: %s', ([, breaks]) => {
  expect(findingOf(id, { breaks })).toBeNull();
});

test('silent: one half of one pair is lost', () => {
  let left = 1;
  const once: Break = (path) => (isPair(path) && isFront(path) && left-- > 0 ? [dnsAnswer(), halved()] : null);
  expect(findingOf(id, { breaks: [once] })).toBeNull();
});

test('speaking: pairs through the Service lose one, nothing else does; never proven without the counters of the node', () => {
  const slow: Break = (path) =>
    path.probe.kind === 'resolver' ? [sample({ dnsMs: 5004 }), sample({ dnsMs: 1 })] : null;
  const [finding] = diagnose({ target: serviceOnly(), breaks: [racing, slow] }).findings;
  expect(finding).toMatchObject({
    diagnosis: id,
    certainty: 'likely',
    object: { kind: 'Service', name: 'kube-dns' },
    timer: { ms: 5000 },
    explains: 1,
  });
  expect(finding?.wouldSettle).toContain('insert_failed');
});
