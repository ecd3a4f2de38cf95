import { expect, test } from 'vitest';
import { hasListener, listensToNetfilter } from '../../../probes/trace/netlink.ts';

const HEAD = 'sk               Eth Pid        Groups   Rmem     Wmem     Dump  Locks    Drops    Inode';
/** Two monitors that both count themselves as process 20: the kernel gives the second a port of its own choice. */
const FIRST = '000000001922db38 12  20         00000100 0        0        0     2        0        4711    ';
const SECOND = '0000000043cabf64 12  -4097      00000100 0        0        0     2        0        4712    ';
const OWNER = '0000000055650caf 12  21         00000000 0        0        0     2        0        4713    ';
const ROUTES = '0000000055650cb0 0   22         00000440 0        0        0     2        0        4714    ';
const TABLE = [HEAD, FIRST, SECOND, OWNER, ROUTES, ''].join('\n');

test.each([
  ['a process without sockets', [], false],
  ['one whose socket is none of netlink', ['99'], false],
  ['one that only asks', ['4713'], false],
  ['one that listens to routes', ['4714'], false],
  ['the first that listens', ['1', '4711'], true],
  ['the second, whose port is not its number', ['4712', '1'], true],
])('%s', (_whose, sockets, listens) => {
  expect(hasListener(TABLE, new Set(sockets))).toBe(listens);
});

test('no table, and a process that is not there', () => {
  expect(hasListener('', new Set(['4711']))).toBe(false);
  expect(listensToNetfilter(2 ** 30)).toBe(false);
});
