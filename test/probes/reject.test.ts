/** What a real kernel makes of an ICMPv6 reject, in a network namespace of its own: this machine's rules stay as they are. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { parseMessage } from '../../probes/parse.ts';
import type { Assignment, Message, Probe, Sample } from '../../probes/wire.ts';
import { WIRE_VERSION } from '../../probes/wire.ts';

const MAIN = new URL('../../probes/main.ts', import.meta.url).pathname;
const folder = mkdtempSync(join(tmpdir(), 'kprobe-reject-'));
afterAll(() => rmSync(folder, { recursive: true }));

const inside = (script: string) => spawnSync('unshare', ['--net', 'sh', '-ec', script], { encoding: 'utf8' });
const ABLE = 'ip link set lo up; nft add table ip6 t; grep -q 00000001 /proc/net/if_inet6';

const TCP: Probe = { kind: 'tcp', to: { address: '::1', port: 80 }, echo: false, bytes: 0 };
const UDP: Probe = { kind: 'udp', to: { address: '::1', port: 80 }, bytes: 10 };

/** The one sample of an agent that probes where `rules` (of a shell, as root of the namespace) are in force. */
function probed(rules: string, probe: Probe): Sample | undefined {
  const assignment: Assignment = {
    version: WIRE_VERSION,
    run: 'r',
    agent: 'a',
    answers: { tcp: [], udp: [] },
    schedules: [{ path: 'p', probe, startMs: 0, everyMs: 5, count: 1, limitMs: 2700 }],
    deadlineMs: 5000,
  };
  const file = join(folder, 'assignment.json');
  writeFileSync(file, JSON.stringify(assignment));
  const node = `'${process.execPath}' --disable-warning=ExperimentalWarning '${MAIN}' --assignment '${file}'`;
  const { stdout, stderr, status } = inside(`ip link set lo up; ${rules}; exec ${node}`);
  const lines = stdout.split('\n').filter((line) => line !== '');
  const messages = lines.flatMap((line): Message[] => {
    const parsed = parseMessage(line);
    if (!parsed.ok) throw new Error(`${parsed.problem}: ${stderr}`);
    return [parsed.value];
  });
  if (status !== 0) throw new Error(stderr);
  return messages.find((message) => message.type === 'sample');
}

/** On the way in, so that the packet has been sent: as from a firewall on the way. */
const rejecting = (how: string) =>
  [
    'nft add table ip6 t',
    `nft 'add chain ip6 t c { type filter hook input priority 0; }'`,
    `nft 'add rule ip6 t c meta l4proto { tcp, udp } th dport 80 reject with ${how}'`,
  ].join('; ');

describe.skipIf(inside(ABLE).status !== 0)('over IPv6', () => {
  test.for<[string, string, Probe, object]>([
    ['nobody listens: a RST, and no ICMP', 'true', TCP, { outcome: { kind: 'refused' } }],
    ['a reset by a rule', rejecting('tcp reset').replace('{ tcp, udp }', 'tcp'), TCP, { outcome: { kind: 'refused' } }],
  ])('%s', ([, rules, probe, expected]) => {
    const sample = probed(rules, probe);
    expect(sample).toMatchObject(expected);
    expect(sample?.counters).not.toHaveProperty(['Icmp6.InDestUnreachs']);
  });

  test.for<[string, string, Probe, object]>([
    ['port-unreachable', 'icmpv6 port-unreachable', TCP, { kind: 'refused', phase: 'connect' }],
    ['admin-prohibited', 'icmpv6 admin-prohibited', TCP, { kind: 'unreachable', phase: 'connect', code: 'EACCES' }],
    ['admin-prohibited over UDP', 'icmpv6 admin-prohibited', UDP, { kind: 'unreachable', code: 'EACCES' }],
  ])('a reject with %s is told as such, and moves its counter', ([, how, probe, outcome]) => {
    const sample = probed(rejecting(how), probe);
    expect(sample).toMatchObject({ outcome });
    expect(sample?.counters['Icmp6.InDestUnreachs']).toBeGreaterThan(0);
  });

  test.for([
    ['TCP', TCP],
    ['UDP', UDP],
  ] as const)("this machine's own prohibition, with the same code, is its own error: %s", ([, probe]) => {
    const away = { ...probe, to: { address: 'fd00::1', port: 80 } };
    const sample = probed('ip -6 route add prohibit fd00::/64', away);
    expect(sample?.outcome).toMatchObject({ kind: 'error', code: 'EACCES' });
  });
});
