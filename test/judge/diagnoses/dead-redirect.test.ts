import { expect, test } from 'vitest';
import type { Redirect } from '../../../probes/wire.ts';
import { sample, times } from '../make.ts';
import { diagnose, findingOf } from '../world.ts';
import type { Break } from '../world.ts';

const id = 'dead-redirect';
const LOGIN = { tls: true, host: 'login.example.net', port: 443 };
const OWN_PORT = { tls: false, host: 'shop.example.com', port: 8080 };
type Fates = (from: string) => Redirect['fate'];

/** Whoever asks is sent to one place, and knows with the second answer what is there. */
const leads =
  (place: Omit<Redirect, 'fate'>, fateFor: Fates): Break =>
  ({ to, probe }, { id: from }) => {
    if (probe.kind !== 'http' || !['entry', 'service', 'backend'].includes(to.kind)) return null;
    const answer = (fate: Redirect['fate']) =>
      sample({
        connectMs: 0.4,
        firstByteMs: 2,
        http: { status: 302, bytes: 0, server: null, hash: null, redirect: { ...place, fate } },
      });
    return [answer(null), ...times(3, () => answer(fateFor(from)))];
  };
const onlyHere =
  (fate: Redirect['fate'], others: Redirect['fate']): Fates =>
  (from) =>
    from === 'local' ? fate : others;

test.for<[string, Break[]]>([
  ['everything answers', []],
  ['somebody is there', [leads(LOGIN, () => 'taken')]],
  ['nobody could tell', [leads(LOGIN, () => null)]],
  ['nodes do not reach what this machine does', [leads(LOGIN, onlyHere('taken', 'unresolved'))]],
  ['only nodes looked', [leads(LOGIN, onlyHere(null, 'silent'))]],
  ['a listener at the asked host', [leads(OWN_PORT, () => 'taken')]],
])('silent, and healthy: %s', ([, breaks]) => {
  expect(findingOf(id, { breaks })).toBeNull();
  expect(diagnose({ breaks }).status).toBe('healthy');
});

test('healthy says where the answers lead', () => {
  expect(diagnose({ breaks: [leads(LOGIN, () => 'taken')] }).summary).toContain(
    'HTTP 302 to https://login.example.net',
  );
});

test('what only nodes looked at in vain is not measured', () => {
  const { notMeasured } = diagnose({ breaks: [leads(LOGIN, onlyHere(null, 'silent'))] });
  expect(notMeasured).toContainEqual({
    what: 'whether anybody is at https://login.example.net, where every answer leads',
    because: expect.stringContaining('inside the cluster found nobody there'),
  });
});

test.for<[Redirect['fate'], string]>([
  ['unresolved', 'a name that does not exist'],
  ['refused', 'connection refused'],
  ['silent', 'does not answer'],
])('speaking: another host, as this machine finds it (%s)', ([fate, says]) => {
  const { status, findings } = diagnose({ breaks: [leads(LOGIN, () => fate)] });
  expect(status).toBe('faulty');
  expect(findings).toMatchObject([{ diagnosis: id, certainty: 'likely', explains: 1, object: { name: 'web' } }]);
  expect(findings[0]?.title).toContain(says);
});

test('speaking, and less sure: nodes are answered where this machine is not', () => {
  const finding = findingOf(id, { breaks: [leads(LOGIN, onlyHere('unresolved', 'taken'))] });
  expect(finding).toMatchObject({
    certainty: 'possible',
    wouldSettle: expect.stringContaining('see what it resolves to'),
  });
});

test('speaking: another port of the same host, whoever looks', () => {
  const { findings } = diagnose({ breaks: [leads(OWN_PORT, onlyHere(null, 'refused'))] });
  expect(findings).toMatchObject([
    { diagnosis: id, fix: { says: expect.stringContaining('port that it listens on') } },
  ]);
});

test('speaking: the machine of whoever reads it', () => {
  const breaks = [leads({ tls: false, host: 'localhost', port: 8080 }, () => 'own-machine')];
  expect(findingOf(id, { breaks })?.fix?.says).toContain('public URL');
});

test('never healthy: one entry only leads to where nobody is', () => {
  const dead = leads(OWN_PORT, () => 'refused');
  const breaks: Break[] = [
    (path, from, to) => (path.to.kind === 'entry' && path.to.node === 'worker-1' ? dead(path, from, to) : null),
  ];
  expect(diagnose({ breaks }).status).not.toBe('healthy');
});
