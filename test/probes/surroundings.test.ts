import { existsSync } from 'node:fs';
import { expect, test } from 'vitest';
import { type Files, readSurroundings } from '../../probes/surroundings.ts';

const NOTHING: Files = { read: () => null, isReadable: () => false };

test('a Linux measures everything, and does not mention it', () => {
  const everything: Files = { read: () => '1', isReadable: () => true };
  expect(readSurroundings(everything)).not.toHaveProperty('unmeasured');
});

test('a system without /proc says what it cannot measure, and claims no setting', () => {
  const surroundings = readSurroundings(NOTHING);
  expect(surroundings).toMatchObject({
    unmeasured: ['retransmissions', 'counters', 'cpu', 'settings'],
    sysctls: {},
    resolver: { servers: [], search: [], options: [] },
  });
  expect(surroundings.hostname).not.toBe('');
});

test('a kernel that hides one thing says that one', () => {
  const hidden: Files = { read: () => '1', isReadable: (path) => path !== '/proc/net/tcp' };
  expect(readSurroundings(hidden)).toMatchObject({ unmeasured: ['retransmissions'] });
});

test('one setting that is missing is an old kernel, not an unknown one', () => {
  const old: Files = {
    read: (path) => (path.endsWith('tcp_syn_linear_timeouts') ? null : '1'),
    isReadable: () => true,
  };
  const { sysctls, unmeasured } = readSurroundings(old);
  expect(sysctls).toMatchObject({ 'net.ipv4.tcp_syn_linear_timeouts': null, 'net.ipv4.tcp_syn_retries': '1' });
  expect(unmeasured).toBeUndefined();
});

test.runIf(existsSync('/proc/net/tcp'))('here it is read from the files', () => {
  expect(readSurroundings().unmeasured ?? []).not.toContain('retransmissions');
});
