import { expect, test } from 'vitest';
import type { TracedWay } from '../../../src/model/verdict.ts';
import { html } from '../../../src/render/html/escape.ts';
import { nodePicture } from '../../../src/render/html/node-picture.ts';

const step = (
  hook: string | null,
  priority: number | null,
  chain: string,
  verdict: string,
  rule: string | null = null,
) => ({
  hook,
  priority,
  chain,
  rule,
  verdict,
});

const way: TracedWay = {
  node: 'worker-2',
  packet: {
    protocol: 'tcp',
    source: '10.244.1.7',
    sourcePort: 61_000,
    destination: '10.244.2.9',
    destinationPort: 8080,
    isAnswer: false,
  },
  steps: [
    step('prerouting', -100, 'ip kube-proxy prerouting', 'goto', 'goto services'),
    step(null, null, 'ip kube-proxy services', 'accept'),
    step('forward', -10, 'ip kube-proxy unserved-forward', 'accept'),
    step('forward', 0, 'ip network-policy forward', 'jump', 'ip daddr 10.244.2.9 jump ingress/2'),
    step(null, null, 'ip network-policy ingress/<2>', 'drop', 'counter drop'),
  ],
  end: 'dropped',
  stopped: 2,
  of: 2,
  owner: { program: 'unknown', object: null },
};

const drawn = (asked: TracedWay) => html`${nodePicture(asked)}`.markup;
const count = (text: string, pattern: RegExp) => [...text.matchAll(pattern)].length;

test('hooks are columns, chains that the kernel enters are boxes, and a line leads from each to the next', () => {
  const text = drawn(way);
  expect([...text.matchAll(/class="quiet" x="[\d.]+" y="14">(\w+)</gu)].map(([, hook]) => hook)).toEqual([
    'prerouting',
    'forward',
  ]);
  expect(count(text, /<rect class="hop"/gu)).toBe(3);
  expect(count(text, /class="edge edge-good"/gu)).toBe(1);
  expect(text).toContain('priority -100, 2 rules');
});

test('only the last is marked, and names the chain that was jumped to', () => {
  const text = drawn(way);
  expect(count(text, /class="mark"[^>]*>✗/gu)).toBe(1);
  expect(count(text, /class="edge edge-broken"/gu)).toBe(1);
  expect(text).toContain('<title>ip network-policy forward: dropped in ingress/&lt;2&gt;</title');
});

test('a way that passed has no mark, and one without steps no picture', () => {
  const passed = drawn({ ...way, end: 'passed' });
  expect(passed).not.toContain('✗');
  expect(passed).not.toContain('edge-broken');
  expect(drawn({ ...way, steps: [] })).toBe('');
});

test('of what is too long for its box the whole stands in its title', () => {
  const chain = `ip long ${'x'.repeat(80)}`;
  const text = drawn({ ...way, steps: [step('input', 0, chain, 'drop')] });
  expect(text).toContain(`<title>${chain}: dropped</title`);
  expect(text).toContain('…</text');
  expect(text).not.toMatch(/NaN|undefined/u);
});
