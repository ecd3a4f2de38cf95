import { expect, test } from 'vitest';
import { block, dataBlock, html } from '../../../src/render/html/escape.ts';

const HOSTILE = `<img src=x onerror="a('b')">&\u202e`;
const HARMLESS = '&lt;img src=x onerror=&quot;a(&#39;b&#39;)&quot;&gt;&amp;';

test.for([
  ['text', html`<p>${HOSTILE}</p>`, `<p>${HARMLESS}</p>`],
  ['an attribute', html`<p title="${HOSTILE}"></p>`, `<p title="${HARMLESS}"></p>`],
  ['a list', html`<p>${[HOSTILE, 1, html`<b></b>`]}</p>`, `<p>${HARMLESS}1<b></b></p>`],
  ['nothing', html`<p>${null}${false}${''}</p>`, '<p></p>'],
  ['zero', html`<p>${0}</p>`, '<p>0</p>'],
  ['markup', html`<p>${html`<b>${'<'}</b>`}</p>`, '<p><b>&lt;</b></p>'],
  ['a line break', html`<p>${'a\nb'}</p>`, '<p>a b</p>'],
  ['lines', html`<pre>${block(`a\n  ${HOSTILE}\u0000\n`)}</pre>`, `<pre>a\n  ${HARMLESS}</pre>`],
] as const)('%s', ([, given, expected]) => {
  expect(given.markup).toBe(expected);
});

test('data cannot end its element, and is read back as it was', () => {
  const data = ['</script><script>alert(1)</script><!--', HOSTILE];
  const { markup } = dataBlock('x', data);
  const [, text = ''] = /^<script type="application\/json" id="x">(.*)<\/script>$/u.exec(markup) ?? [];
  expect(text).not.toContain('<');
  expect(JSON.parse(text)).toEqual(data);
});
