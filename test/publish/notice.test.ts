import { describe, expect, test } from 'vitest';
import { Notice, noticeOf } from '../../src/publish/notice/notice.ts';
import { slackMessage } from '../../src/publish/notice/slack.ts';
import { newsOf, stateChangesOf } from '../../src/publish/news.ts';
import { broken, finding, mended, sweep, target, verdict } from './make.ts';

describe('what is news', () => {
  test.for([
    ['nothing changed', target('a'), false, false],
    ['still faulty', broken('a', { change: 'same' }), false, false],
    ['better, still faulty', broken('a', { change: 'better' }), false, false],
    ['not measured', target('a', { state: 'unmeasured', change: 'unknown' }), false, false],
    ['healthy at the first look', target('a', { change: 'first' }), false, false],
    ['faulty at the first look', broken('a', { change: 'first' }), true, true],
    ['worse', broken('a', { change: 'worse' }), true, false],
    ['new', broken('a'), true, true],
    ['gone', mended('a'), true, true],
  ] as const)('%s', ([, each, isNews, isEvent]) => {
    expect(newsOf(sweep([each]))).toHaveLength(isNews ? 1 : 0);
    expect(stateChangesOf(sweep([each]))).toHaveLength(isEvent ? 1 : 0);
  });

  test('without an earlier sweep, a fault is news, but no change of state', () => {
    const report = sweep([broken('a', { change: 'first' })], { before: null });
    expect(newsOf(report)).toHaveLength(1);
    expect(stateChangesOf(report)).toEqual([]);
  });

  test('new faults come first', () => {
    const report = sweep([mended('a'), broken('b', { change: 'worse' }), broken('c'), broken('d')]);
    expect(newsOf(report).map(({ key }) => key)).toEqual(['c', 'd', 'b', 'a']);
  });
});

/** A text of everything that could harm, longer than any limit. */
const HOSTILE = '<!channel> & <https://x|y>\n\u001b[31m\u202e```*_~ \ud800 '.repeat(500);
const hostile = sweep(
  Array.from({ length: 300 }, (_, n) =>
    broken(`${n} ${HOSTILE}`, {
      says: HOSTILE,
      changeSays: HOSTILE,
      since: HOSTILE,
      verdict: verdict([finding({ diagnosis: HOSTILE, title: HOSTILE, fix: { says: HOSTILE, manifest: HOSTILE } })]),
    }),
  ),
  { summary: HOSTILE, series: HOSTILE, cluster: { id: HOSTILE, name: HOSTILE } },
);

test('a notice is as its schema says', () => {
  const notice = noticeOf(sweep([target('api'), broken('shop'), mended('web')]));
  expect(Notice.parse(notice)).toEqual(notice);
  expect(notice.targets).toEqual({ healthy: 2, faulty: 1, inconclusive: 0, unmeasured: 0 });
  expect(notice.changes.map(({ target: key, change }) => [key, change])).toEqual([
    ['shop', 'new'],
    ['web', 'gone'],
  ]);
  expect(notice.changes[0]?.finding?.diagnosis).toBe('policy-denies-ingress');
});

test('a hostile report makes a notice within its limits', () => {
  const notice = noticeOf(hostile);
  expect(Notice.parse(notice)).toEqual(notice);
  expect([notice.changes.length, notice.omitted]).toEqual([50, 250]);
  expect(JSON.stringify(notice).length).toBeLessThan(256_000);
  expect(JSON.stringify(notice)).not.toMatch(/\\n|\\u001b|\u202e/);
});

test('a Slack message tells each change in a section', () => {
  const { text, blocks } = slackMessage(noticeOf(sweep([target('api'), broken('shop <b> & c')])));
  expect(text).toBe('kprobe: 1 of 2 targets are faulty');
  expect(blocks.map(({ type }) => type)).toEqual(['header', 'section', 'section', 'context']);
  expect(JSON.stringify(blocks[2])).toContain('*New fault: shop &lt;b&gt; &amp; c*');
});

test('a Slack message says the same sentence once', () => {
  const says = finding().title;
  const { blocks } = slackMessage(noticeOf(sweep([broken('shop', { changeSays: null, says })])));
  expect(JSON.stringify(blocks).split(says)).toHaveLength(2);
});

test('a Slack message keeps to the limits of Slack, whatever it is made of', () => {
  const { text, blocks } = slackMessage(noticeOf(hostile));
  expect(blocks.length).toBeLessThanOrEqual(50);
  expect(text.length).toBeLessThanOrEqual(3000);
  const texts = blocks.flatMap((block) => ('text' in block ? [block.text] : block.elements));
  for (const each of texts) {
    expect(each.text.length).toBeLessThanOrEqual(each.type === 'plain_text' ? 150 : 3000);
    // Outside the escapes there is no `&`, and no `<` or `>` at all: no mention, no link.
    expect(each.text.replaceAll(/&(amp|lt|gt);/g, '')).not.toMatch(/[&<>]/);
  }
  expect(JSON.stringify(blocks)).toContain('280 more changes');
});
