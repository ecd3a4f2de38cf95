import { spawn } from 'node:child_process';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { readdirSync } from 'node:fs';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { tmpdir } from 'node:os';
import { expect, test } from 'vitest';
import { agentCommand } from '../../src/place/bundle.ts';
import { startLocalAgent } from '../../src/place/local-agent.ts';
import { assignment, schedule } from './agents.ts';

const folders = () => readdirSync(tmpdir()).filter((name) => /^kprobe-[^-]*$/.test(name));
const typeOf = (line: string) => (JSON.parse(line) as { type: string }).type;

test('a local agent measures what it is told, also of peers that come later, and makes no file', async () => {
  const server = createServer((socket) => socket.end()).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const before = folders();
  const probe = { kind: 'tcp', to: { agent: 'control@n1', port: 'tcp' }, echo: false, bytes: 0 } as const;
  const told = { ...assignment('local', [schedule('p1', probe, { count: 1 })]), answers: { tcp: [], udp: [] } };
  const local = await startLocalAgent(agentCommand(), told);
  const heard: string[] = [];
  for await (const line of local.lines) {
    heard.push(line);
    if (typeOf(line) === 'hello')
      local.tellPeers({ version: 2, agents: { 'control@n1': { address: '127.0.0.1', tcp: [port], udp: [] } } });
  }
  expect(heard.map(typeOf)).toEqual(['hello', 'sample', 'bye']);
  expect(heard[1]).toContain('"kind":"answered"');
  expect(folders()).toEqual(before);
  await local.remove();
  server.close();
});

test('a local agent that is asked to leave tells what is in flight first', async () => {
  const local = await startLocalAgent(agentCommand(), assignment('local', [schedule('p1', 'nobody')]));
  const heard: string[] = [];
  for await (const line of local.lines) {
    heard.push(typeOf(line));
    local.stop();
  }
  expect([heard[0], heard.at(-1)]).toEqual(['hello', 'bye']);
  // Asked once more, it is gone already.
  local.stop();
  await local.remove();
});

test('a local agent that is removed is gone', async () => {
  const local = await startLocalAgent(agentCommand(), assignment('local', [schedule('p1', 'nobody')]));
  await local.remove();
  for await (const _ of local.lines);
});

test('an agent whose starter was killed leaves by itself', async () => {
  const [program, ...args] = agentCommand();
  const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'inherit'] });
  child.stdin.write(`${JSON.stringify(assignment('local', [schedule('p1', 'nobody')]))}\n`);
  const lines = createInterface({ input: child.stdout });
  const heard: string[] = [];
  for await (const line of lines) {
    heard.push(typeOf(line));
    if (heard.length === 1) child.stdin.end();
  }
  expect([heard[0], heard.at(-1)]).toEqual(['hello', 'bye']);
});

test.for([
  ['', 'nothing on standard input'],
  ['no assignment\n', '-: '],
] as const)('an agent that hears %j says why it cannot begin', async ([input, expected]) => {
  const [program, ...args] = agentCommand();
  const child = spawn(program, args);
  const said: Buffer[] = [];
  child.stderr.on('data', (chunk: Buffer) => said.push(chunk));
  child.stdin.end(input);
  const [code] = (await once(child, 'close')) as [number];
  expect(code).toBe(2);
  expect(Buffer.concat(said).toString()).toContain(expected);
});
