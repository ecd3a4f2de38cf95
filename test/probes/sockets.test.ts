import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { describe, expect, test } from 'vitest';
import { formatEndpoint, fromKernelHex, plainAddress, toKernelHex } from '../../probes/address.ts';
import { findSocketRow, halfOpenRows, readSocketTables, readSocketTablesNow, socketKey } from '../../probes/sockets.ts';

const TABLES = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 00000000:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 1 1 0 100 0 0 10 0
   1: 01004D0A:A28C 02004D0A:1F41 02 00000001:00000000 01:00000053 00000002  1000        0 2 2 0
   2: 01004D0A:A28C 03004D0A:1F41 01 00000000:00000000 00:00000000 00000000  1000        0 3 1 0
   3: 01004D0A:1F90 02004D0A:C001 03 00000000:00000000 01:00000052 00000000     0        0 0 1 0
   4: 01004D0A:0050 02004D0A:C002 03 00000000:00000000 01:00000052 00000000     0        0 0 1 0
  sl  local_address                         remote_address                        st
   5: 0000000000000000FFFF000002004D0A:1F90 0000000000000000FFFF000001004D0A:BDC0 03 00000000:00000000 01:00000020 00000000
`;

test.for([
  ['10.77.0.1', '01004D0A'],
  ['::1', '00000000000000000000000001000000'],
  ['fd77::2', '000077FD000000000000000002000000'],
  ['::ffff:10.77.0.2', '0000000000000000FFFF000002004D0A'],
])('%s is written %s by the kernel', ([address, hex]) => {
  expect(toKernelHex(address ?? '', 0x1f90)).toBe(`${hex}:1F90`);
  expect(fromKernelHex(hex ?? '')).toBe(plainAddress(address ?? ''));
});

test('an address that came in over a dual-stack socket is plain IPv4', () => {
  expect(formatEndpoint('::ffff:10.0.0.1', 80)).toBe('10.0.0.1:80');
  expect(formatEndpoint('fd00::1', 80)).toBe('[fd00::1]:80');
});

describe('the row of a connection', () => {
  const local = { address: '10.77.0.1', port: 0xa28c };
  test('is found by all four parts, with its timer and retransmissions', () => {
    const key = socketKey(local, { address: '10.77.0.2', port: 8001 });
    expect(findSocketRow(TABLES, key)).toEqual({ state: 'syn-sent', retransmissions: 2, timerMs: 830 });
  });
  test('is not confused with another one from the same local port', () => {
    const key = socketKey(local, { address: '10.77.0.3', port: 8001 });
    expect(findSocketRow(TABLES, key)).toEqual({ state: 'established', retransmissions: 0, timerMs: null });
  });
  test('is null where there is none', () => {
    expect(findSocketRow(TABLES, socketKey(local, { address: '10.77.0.4', port: 8001 }))).toBeNull();
    expect(findSocketRow('', socketKey(local, { address: '10.77.0.4', port: 8001 }))).toBeNull();
  });
});

test('half-open rows are those in SYN_RECV on the ports asked about', () => {
  const found = halfOpenRows(TABLES, new Set([8080])).map(({ port, from }) => `${port} ${from}`);
  expect(found).toEqual(['8080 10.77.0.2', '8080 10.77.0.1']);
});

test('a table of several pages is read to its end, at once and later', async () => {
  const server = createServer((socket) => socket.on('error', () => undefined));
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  const sockets = Array.from({ length: 80 }, () => connect(port, '127.0.0.1'));
  await Promise.all(sockets.map((socket) => once(socket, 'connect')));
  const keys = sockets.map(({ localPort = 0 }) =>
    socketKey({ address: '127.0.0.1', port: localPort }, { address: '127.0.0.1', port }),
  );
  for (const tables of [readSocketTablesNow([4]), await readSocketTables([4])]) {
    expect(keys.filter((key) => findSocketRow(tables, key)?.state !== 'established')).toEqual([]);
    expect(tables.endsWith('\n')).toBe(true);
  }
  for (const socket of sockets) socket.destroy();
  server.close();
});
