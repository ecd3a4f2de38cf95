import { expect, test } from 'vitest';
import { isTlsRecord, saysTlsIsWanted } from '../../../probes/kinds/tls-wanted.ts';

test.for<[string, number[], boolean]>([
  ['an alert', [21, 3, 1, 0, 2], true],
  ['a handshake', [22, 3, 3], true],
  ['a status line', [...Buffer.from('HTTP/1.1 200')], false],
  ['an alert of nothing known', [21, 9], false],
  ['nothing', [], false],
])('%s', ([, bytes, expected]) => {
  expect(isTlsRecord(Uint8Array.from(bytes))).toBe(expected);
});

test.for<[number, string, boolean]>([
  [400, 'Client sent an HTTP request to an HTTPS server.\n', true],
  [400, '<center>The plain HTTP request was sent to HTTPS port</center>', true],
  [400, 'bad request', false],
  [200, 'Client sent an HTTP request to an HTTPS server.', false],
])('%i with %j', ([status, page, expected]) => {
  expect(saysTlsIsWanted(status, page)).toBe(expected);
});
