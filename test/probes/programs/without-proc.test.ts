/** The command line where the system has no /proc, as macOS and Windows: an empty folder is mounted in its place. */
import { spawnSync } from 'node:child_process';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Message } from '../../../probes/wire.ts';

const CLI = fileURLToPath(new URL('../../../src/cli.ts', import.meta.url));
const WITHOUT_PROC = [
  '--user',
  '--map-root-user',
  '--mount',
  'sh',
  '-c',
  'mount -t tmpfs none /proc && exec "$@"',
  'sh',
];

function kprobe(...argv: readonly string[]) {
  const line = [...WITHOUT_PROC, process.execPath, CLI, ...argv];
  const { status, stdout, stderr } = spawnSync('unshare', line, { encoding: 'utf8' });
  return { status, stdout, stderr };
}

const server = createServer((socket) => socket.end());
let port = 0;
beforeAll(async () => {
  await once(server.listen(0, '127.0.0.1'), 'listening');
  port = (server.address() as AddressInfo).port;
});
afterAll(() => server.close());

test('it measures, and says first what it cannot', () => {
  const { status, stdout, stderr } = kprobe('agent', `tcp://127.0.0.1:${port}`, 'resolver://localhost', '-c', '1');
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  const messages = stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Message);
  expect(messages[0]).toMatchObject({
    type: 'hello',
    unmeasured: ['retransmissions', 'counters', 'cpu', 'settings'],
    sysctls: {},
  });
  const outcomes = messages.flatMap((message) => (message.type === 'sample' ? [message.outcome] : []));
  expect(outcomes).toEqual([{ kind: 'answered' }, { kind: 'answered' }]);
});

test.for([
  ['--version'],
  ['catalog', 'lost-syn'],
  ['lint', '-f', 'src/lab/scenarios/policy-selects-nothing/manifests.yaml'],
])('kprobe %j does without it', (argv) => {
  const { status, stderr } = kprobe(...argv);
  expect({ status, stderr }).toEqual({ status: argv[0] === 'lint' ? 1 : 0, stderr: '' });
});
