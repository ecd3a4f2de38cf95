import { expect, test } from 'vitest';
import { readinessOf } from '../../../probes/trace/readiness.ts';

const NFT = 'nftables v1.0.6 (Lester Gooch #5)\n';
const LINUX = '6.1.0-28-amd64';
const NET_ADMIN = 'Name:\tnode\nCapEff:\t0000000000001000\n';
const files =
  (given: Record<string, string>) =>
  (path: string): string | null =>
    given[path] ?? null;
const able = files({ '/proc/self/status': NET_ADMIN });

test('ready: the right, an nft and a kernel that know tables with owners', () => {
  expect(readinessOf(NFT, LINUX, able)).toEqual({
    state: 'ready',
    says: 'nft 1.0.6, Linux 6.1.0-28-amd64',
    legacyTables: [],
    ebpfInterface: null,
  });
});

test.for<[string, ReturnType<typeof readinessOf>['state']]>([
  ['nftables v0.9.8 (E.D.S.)', 'old-nft'],
  ['nftables v0.9.9 (Prodigal Son)', 'ready'],
  ['nftables v1.1.3 (Commodore Bullmoose #4)', 'ready'],
])('%s: %s', ([version, state]) => {
  expect(readinessOf(version, LINUX, able).state).toBe(state);
});

test.for<[string, ReturnType<typeof readinessOf>['state']]>([
  ['5.4.0-200-generic', 'old-kernel'],
  ['5.11.22', 'old-kernel'],
  ['5.12.0', 'ready'],
  ['4.18.0-553.el8_10.x86_64', 'old-kernel'],
])('Linux %s: %s', ([kernel, state]) => {
  expect(readinessOf(NFT, kernel, able).state).toBe(state);
});

test('without nft, and without the right: each is said by itself', () => {
  expect(readinessOf(null, LINUX, able).state).toBe('no-nft');
  expect(readinessOf(NFT, LINUX, files({ '/proc/self/status': 'CapEff:\t0000000000000400\n' })).state).toBe('no-right');
  expect(readinessOf(NFT, LINUX, files({})).state).toBe('no-right');
});

test('what a trace of nftables cannot see', () => {
  const read = files({
    '/proc/self/status': NET_ADMIN,
    '/proc/net/ip_tables_names': 'filter\nnat\n',
    '/proc/net/dev': 'Inter-| Receive\n    lo: 1 2\ncilium_host: 3 4\n',
  });
  expect(readinessOf(NFT, LINUX, read)).toMatchObject({
    state: 'ready',
    legacyTables: ['ip filter', 'ip nat'],
    ebpfInterface: 'cilium_host',
  });
});
