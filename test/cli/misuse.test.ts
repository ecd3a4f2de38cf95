import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { run } from './session.ts';

const folder = mkdtempSync(join(tmpdir(), 'kprobe-misuse-'));
writeFileSync(join(folder, 'file'), '');

test.for([
  [['x', '--fromm', 'y'], 'There is no flag --fromm', 'did you mean --from?'],
  [['x', '--no-hots'], 'There is no flag --no-hots', 'did you mean --no-host?'],
  [['x', '-Z'], 'There is no flag -Z', 'diagnose --help'],
  [['x', 'y'], '"y" is one argument too many', ''],
  [[], 'TARGET is missing', 'kprobe diagnose shop.example.com'],
  [[''], 'The target is empty', 'svc/NAME'],
  [['  '], 'The target is empty', 'svc/NAME'],
  [['a b'], 'blanks', 'svc/NAME'],
  [['a\u001b[2Jb'], 'blanks', 'svc/NAME'],
  [['x'.repeat(3000)], '3000 characters', 'svc/NAME'],
  [['svc/'], 'svc/… has no name', 'svc/NAME'],
  [['netpol/web'], 'nobody connects to netpol/web', 'deploy/NAME, ingress/NAME'],
  [['ftp://x'], 'not ftp', 'a host, a URL'],
  [['10.0.0.300:80'], '10.0.0.300 is not an IP address', 'IP:PORT'],
  [['10.0.0.1'], 'an address needs a port', '10.0.0.1:80'],
  [['a.b:99999'], 'not a target', 'IP:PORT'],
  [['x', '--timeout'], '--timeout needs a value', ''],
  [['x', '--timeout', 'soon'], '--timeout soon is not a duration', '--timeout 30s'],
  [['x', '--timeout', '-5'], '--timeout', ''],
  [['x', '--timeout', '0'], 'out of range', '2m'],
  [['x', '--timeout', '1e9'], 'not a duration', '2m'],
  [['x', '--timeout', '3d'], 'not a duration', '2m'],
  [['x', '--slow-after', '500'], 'out of range', '500ms'],
  [['x', '-o', 'jsn'], '--output jsn', 'did you mean json?'],
  [['x', '-o', '__proto__'], '--output __proto__', 'terminal, json, markdown'],
  [['x', '-n', 'Shop'], '"Shop" cannot be the name of a namespace', ''],
  [['x', '-n', ''], '--namespace is empty', ''],
  [['x', '-n', 'a'.repeat(64)], 'cannot be the name of a namespace', '63'],
  [['x', '--from', 'checkout'], 'not NAMESPACE/WORKLOAD', '--from shop/checkout'],
  [['x', '--from', 'checkout', '-n', 'store'], 'not NAMESPACE/WORKLOAD', '--from store/checkout'],
  [['x', '--from', 'shop/deploy/checkout'], 'not NAMESPACE/WORKLOAD', '--from deploy/checkout -n shop'],
  [['x', '--from', 'deploy/Check'], '"Check" cannot be the name of a workload', ''],
  [['networkpolicy.networking.k8s.io/web'], 'nobody connects to networkpolicy.networking.k8s.io/web', 'svc/NAME'],
  [['x', '--from', 'shop/'], 'not NAMESPACE/WORKLOAD', ''],
  [['x', '--from', 'shop/Check'], '"Check" cannot be the name of a workload', ''],
  [['x', '--image', 'a image'], 'not an image reference', 'node:24-slim'],
  [['x', '--save', '/nowhere/run.json'], 'there is no folder /nowhere', 'mkdir'],
  [['x', '--save', folder], 'is a folder', 'run.json'],
  [['x', '--save', join(folder, 'file', 'run.json')], 'there is no folder', ''],
] as const)('diagnose %j: %s', async ([argv, message, hint]) => {
  const { error, stdout, stderr } = await run(['diagnose', ...argv]);
  expect({ stdout, stderr }).toEqual({ stdout: '', stderr: '' });
  expect(error?.message).toContain(message);
  expect(error?.message).not.toContain('\n');
  expect(error?.hint ?? '').toContain(hint);
});

test.for([
  [['diagnos', 'x'], 'There is no command "diagnos"', 'did you mean kprobe diagnose?'],
  [['shop.example.com'], 'There is no command "shop.example.com"', 'did you mean kprobe diagnose shop.example.com?'],
  [['-x'], 'There is no', ''],
  [['explain'], 'FILE is missing', 'kprobe explain run.json'],
  [['lab'], 'ACTION is missing', 'kprobe lab list'],
  [['agent'], 'PROBES are missing', 'tcp://'],
  [['agent', 'tcp://web:80'], 'literal IP address', 'tcp://IP:PORT'],
  [['agent', 'tcp://10.0.0.1'], 'has no port', ''],
  [['agent', '10.0.0.1:80'], 'is not a probe', 'tcp://IP:PORT'],
  [['agent', 'dns://10.0.0.1'], 'no name to ask for', ''],
  [['agent', 'tcp://10.0.0.1:80', '-c', '0'], '--count 0', ''],
  [['agent', '--assignment', '/nowhere'], 'cannot be read: there is no such file', ''],
] as const)('%j: %s', async ([argv, message, hint]) => {
  const { error } = await run(argv);
  expect(error?.message).toContain(message);
  expect(error?.hint ?? '').toContain(hint);
});
