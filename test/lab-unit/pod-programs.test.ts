import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { expect, test } from 'vitest';
import { RCODE, TYPE_AAAA, writeReply } from '../../src/lab/programs/dns-message.ts';

/** What runs beside the CLI in a namespace of its own sees the program's folder, and not always the packages around it. */
test.for(['programs/dns.ts', 'programs/cpu-quota.ts', 'kubelet/prober.ts'])('%s needs nothing but Node', (program) => {
  expect(packagesOf(resolve('src/lab', program))).toEqual([]);
});

function packagesOf(file: string, seen = new Set<string>()): string[] {
  if (seen.has(file)) return [];
  seen.add(file);
  const text = readFileSync(file, 'utf8');
  const imports = [...text.matchAll(/^(?:import|export) (?!type )[^;]*?from '([^']+)';/gms)].map(
    ([, from = '']) => from,
  );
  return imports.flatMap((from) => {
    if (from.startsWith('node:')) return [];
    return from.startsWith('.') ? packagesOf(resolve(file, '..', from), seen) : [from];
  });
}

test.for<[string, string]>([
  ['fd00:10:96::a', 'fd00001000960000000000000000000a'],
  ['::1', '00000000000000000000000000000001'],
  ['fd00:1:2:3:4:5:6:7', 'fd000001000200030004000500060007'],
  ['fe80::', 'fe800000000000000000000000000000'],
])('%s is told as the sixteen bytes of an AAAA record', ([address, bytes]) => {
  const raw = Buffer.from('01610000' + '1c0001', 'hex');
  const question = { id: 1, flags: 0x0100, name: 'a', type: TYPE_AAAA, raw };
  const reply = writeReply(question, { rcode: RCODE.ok, addresses: [address] }, { transport: 'udp', isTooLong: false });
  expect(reply.toString('hex').slice(-32)).toBe(bytes);
});
