import { describe, expect, test } from 'vitest';
import { RetransmissionLedger } from '../../probes/retransmissions.ts';
import type { Followed } from '../../probes/retransmissions.ts';

/** A kernel of our own: the test moves the clock and says what /proc shows. */
class FakeKernel {
  now = 0;
  synTotal = 0;
  dataTotal = 0;
  readonly rows = new Map<string, string>();
  readonly ledger = new RetransmissionLedger({
    counters: () => this.counters(),
    tables: () => Promise.resolve(this.tables()),
    tablesNow: () => this.tables(),
    now: () => this.now,
  });

  tables(): string {
    return [...this.rows].map(([key, rest], slot) => `   ${slot}:${key}${rest}`).join('\n');
  }

  counters(): Map<string, number> {
    return new Map([
      ['TcpExt.TCPSynRetrans', this.synTotal],
      ['Tcp.RetransSegs', this.synTotal + this.dataTotal],
    ]);
  }

  connect(port: number): Followed {
    return this.ledger.follow({ address: '10.0.0.1', port }, { address: '10.0.0.2', port: 80 }, this.counters());
  }

  row(followed: Followed, state: '01' | '02', retransmissions: number, timerMs: number): void {
    const hex = (value: number, width: number) => value.toString(16).toUpperCase().padStart(width, '0');
    const timer = `01:${hex(Math.floor(timerMs / 10), 8)}`;
    this.rows.set(followed.key, `${state} 00000000:00000000 ${timer} ${hex(retransmissions, 8)}     0        0 0 2`);
  }

  async lookAt(now: number): Promise<void> {
    this.now = now;
    await this.ledger.look();
  }
}

test('a last lost SYN is counted where it was lost, however long each look takes', async () => {
  const kernel = new FakeKernel();
  const followed = kernel.connect(1);
  kernel.row(followed, '02', 0, 800);
  await kernel.lookAt(200);
  kernel.rows.clear();
  kernel.synTotal = 1;
  await kernel.lookAt(1100);
  await kernel.lookAt(2000);
  kernel.now = 2900;
  await kernel.ledger.conclude(followed, 'syn', 1010);
  expect(followed.counts.syn).toBe(1);
});

test('a last lost SYN is counted where it was lost, however many others ended and looked before that was concluded', async () => {
  const kernel = new FakeKernel();
  const followed = kernel.connect(1);
  kernel.row(followed, '02', 0, 800);
  await kernel.lookAt(200);
  kernel.rows.clear();
  kernel.synTotal = 1;
  for (const now of [1012, 1014, 1019, 1030]) await kernel.lookAt(now);
  await kernel.ledger.conclude(followed, 'syn', 1010);
  expect(followed.counts.syn).toBe(1);
});

describe('connections that lost no SYN', () => {
  test('a quick one is not even looked at', async () => {
    const kernel = new FakeKernel();
    const followed = kernel.connect(1);
    kernel.synTotal = 5;
    kernel.now = 2;
    await kernel.ledger.conclude(followed, 'syn', 2);
    expect(followed.counts.syn).toBe(0);
  });

  test('one that connects before its timer is due keeps 0 although others retransmit', async () => {
    const kernel = new FakeKernel();
    const followed = kernel.connect(1);
    kernel.row(followed, '02', 0, 800);
    await kernel.lookAt(200);
    kernel.rows.clear();
    kernel.synTotal = 3;
    kernel.now = 601;
    await kernel.ledger.conclude(followed, 'syn', 600);
    expect(followed.counts.syn).toBe(0);
  });

  test('one that connects when its timer is due keeps 0 where the counter did not move (SYN-ACK sent again)', async () => {
    const kernel = new FakeKernel();
    const followed = kernel.connect(1);
    kernel.row(followed, '02', 0, 10);
    await kernel.lookAt(990);
    kernel.rows.clear();
    kernel.now = 1005;
    await kernel.ledger.conclude(followed, 'syn', 1004);
    expect(followed.counts.syn).toBe(0);
  });
});

describe('the last retransmission, which no row ever shows', () => {
  test('is counted when the timer was due and the counter moved', async () => {
    const kernel = new FakeKernel();
    const followed = kernel.connect(1);
    kernel.synTotal = 1;
    kernel.row(followed, '02', 1, 900);
    await kernel.lookAt(1100);
    kernel.synTotal = 2;
    kernel.rows.clear();
    kernel.now = 2021;
    await kernel.ledger.conclude(followed, 'syn', 2020);
    expect(followed.counts.syn).toBe(2);
  });

  test('goes to the connection whose timer was due, not to one that still waits', async () => {
    const kernel = new FakeKernel();
    const ended = kernel.connect(1);
    const waiting = kernel.connect(2);
    kernel.row(ended, '02', 0, 20);
    kernel.row(waiting, '02', 0, 20);
    await kernel.lookAt(990);
    kernel.rows.delete(ended.key);
    kernel.row(waiting, '02', 1, 990);
    kernel.synTotal = 2;
    kernel.now = 1021;
    await kernel.ledger.conclude(ended, 'syn', 1020);
    expect([ended.counts.syn, waiting.counts.syn]).toEqual([1, 1]);
  });

  test('is found for several that connect between two looks', async () => {
    const kernel = new FakeKernel();
    const all = [kernel.connect(1), kernel.connect(2), kernel.connect(3)];
    for (const followed of all) kernel.row(followed, '02', 0, 30);
    await kernel.lookAt(970);
    kernel.rows.clear();
    kernel.synTotal = 3;
    kernel.now = 1012;
    await Promise.all(all.map((followed) => kernel.ledger.conclude(followed, 'syn', 1010)));
    expect(all.map((followed) => followed.counts.syn)).toEqual([1, 1, 1]);
  });
});

test('a connection that stays silent has what its row shows, once', async () => {
  const kernel = new FakeKernel();
  const followed = kernel.connect(1);
  kernel.synTotal = 1;
  kernel.row(followed, '02', 1, 100);
  await kernel.lookAt(1900);
  kernel.synTotal = 2;
  kernel.row(followed, '02', 2, 990);
  kernel.now = 2030;
  await kernel.ledger.conclude(followed, 'syn', 2030);
  expect(followed.counts.syn).toBe(2);
});

test('a lone connection that was never seen, because the process stalled, takes what the counter says', async () => {
  const kernel = new FakeKernel();
  const followed = kernel.connect(1);
  kernel.synTotal = 2;
  kernel.now = 2100;
  await kernel.ledger.conclude(followed, 'syn', 2050);
  expect(followed.counts.syn).toBe(2);
});

test('a lost request on an open connection counts as data, not as SYN', async () => {
  const kernel = new FakeKernel();
  const followed = kernel.connect(1);
  kernel.row(followed, '01', 0, 100);
  await kernel.lookAt(110);
  kernel.dataTotal = 1;
  kernel.row(followed, '01', 0, 0);
  kernel.rows.clear();
  kernel.now = 212;
  await kernel.ledger.conclude(followed, 'data', 211);
  expect(followed.counts).toEqual({ syn: 0, data: 1 });
});
