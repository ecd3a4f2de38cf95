import { expect, test } from 'vitest';
import { dnsTimeout, pod } from '../breaks.ts';
import { diagnose, dns, findingOf } from '../world.ts';
import type { Break } from '../world.ts';

const id = 'unreachable-dns';
const servers = dns.map((each) => pod(each, dnsTimeout));
const front: Break = (path) =>
  path.to.kind === 'resolver' || (path.to.kind === 'dns-server' && path.to.service !== null) ? dnsTimeout() : null;

test.for<[string, { breaks?: Break[] }]>([
  ['everything answers', {}],
  ['one of two servers is dead', { breaks: servers.slice(0, 1) }],
])('silent: %s', ([, world]) => {
  expect(findingOf(id, world)).toBeNull();
});

test('speaking: no server answers, and the single dead ones are not listed beside it', () => {
  const verdict = diagnose({ breaks: [...servers, front] });
  expect(verdict.findings.map((finding) => finding.diagnosis)).toEqual([id]);
  expect(verdict.findings[0]).toMatchObject({ certainty: 'proven', object: { kind: 'Service', name: 'kube-dns' } });
});

test('speaking: only the ClusterIP is dead', () => {
  expect(findingOf(id, { breaks: [front] })?.title).toContain('its ClusterIP does not');
});
