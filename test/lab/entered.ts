/** Enters the lab's namespaces, starts a child, says what it sees, and leaves with the given code when told to end. */
import { spawn } from 'node:child_process';
import { networkInterfaces } from 'node:os';
import { readFileSync } from 'node:fs';
import { enter, isInside, onEnd } from '../../src/lab/door/enter.ts';

if (!isInside()) process.exit(await enter());
const [mark = '', code = '0'] = process.argv.slice(2);
onEnd(() => process.exit(Number(code)));
spawn('sh', ['-c', 'while :; do sleep 1000; done', mark], { stdio: 'ignore' });
const interfaces = readFileSync('/proc/net/dev', 'utf8')
  .split('\n')
  .slice(2)
  .flatMap((row) => row.split(':').slice(0, 1))
  .map((name) => name.trim())
  .filter((name) => name !== '');
process.stdout.write(
  `${JSON.stringify({ uid: process.getuid?.(), pid: process.pid, interfaces, up: networkInterfaces() })}\n`,
);
