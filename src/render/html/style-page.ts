/**
 * How every report looks: light and dark from one set of names (`light-dark()`, in all browsers since 2024), calm enough for three in
 * the morning, black on white on paper. Colours are from the palette of Okabe and Ito, which the colour-blind can
 * tell apart; none of them says anything that a word or a shape does not.
 */
export const pageStyle = `
:root {
  color-scheme: light dark;
  --paper: light-dark(#ffffff, #14171a);
  --raised: light-dark(#f6f7f8, #1c2024);
  --line: light-dark(#d8dce0, #363c42);
  --ink: light-dark(#1b1f23, #e3e6e9);
  --quiet: light-dark(#57606a, #a0a8b0);
  --link: light-dark(#0b5cad, #7db7f0);
  --bad: light-dark(#b3341c, #ff8a6b);
  --warn: light-dark(#8a5a00, #f0b445);
  --good: light-dark(#0b6b50, #4cc3a0);
  --plain: light-dark(#2f6da8, #6fa9dc);
  --cited: light-dark(#fff4d6, #3a3115);
  --mono: ui-monospace, SFMono-Regular, Menlo, Consolas, "Liberation Mono", monospace;
}
:root[data-theme="light"] { color-scheme: light; }
:root[data-theme="dark"] { color-scheme: dark; }
* { box-sizing: border-box; }
html { scroll-padding-top: 1rem; -webkit-text-size-adjust: 100%; }
body { margin: 0 auto; padding: 0 1.25rem 4rem; max-width: 72rem; background: var(--paper); color: var(--ink);
  font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Liberation Sans", Arial, sans-serif; overflow-wrap: break-word; }
a { color: var(--link); text-underline-offset: 2px; }
:focus-visible { outline: 3px solid var(--link); outline-offset: 2px; }
main:focus { outline: none; }
code, pre, .mono { font-family: var(--mono); font-size: .9em; }
h1 { font-size: 1.55rem; line-height: 1.25; margin: .35rem 0 .9rem; text-wrap: balance; }
h2 { font-size: 1.2rem; line-height: 1.3; margin: 2.6rem 0 .5rem; padding-top: .9rem; border-top: 1px solid var(--line); }
h3 { font-size: 1rem; line-height: 1.35; margin: 1.6rem 0 .35rem; }
p { margin: .35rem 0; max-width: 48rem; }
ul { margin: .35rem 0; padding-left: 1.2rem; }
.quiet { color: var(--quiet); }
.sr { position: absolute; width: 1px; height: 1px; margin: -1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
.skip { position: absolute; left: .5rem; top: -4rem; padding: .5rem .8rem; background: var(--paper); }
.skip:focus { top: .5rem; }

.top { display: flex; flex-wrap: wrap; align-items: center; gap: .3rem 1.2rem; padding: .8rem 0; border-bottom: 1px solid var(--line); font-size: .85rem; }
.top p { margin: 0; }
.brand { font-weight: 650; }
.facts { color: var(--quiet); flex: 1; max-width: none; }
.facts span { margin-right: .9rem; }
button { font: inherit; font-size: .8rem; color: var(--ink); background: var(--raised); border: 1px solid var(--line); border-radius: 4px; padding: .2rem .6rem; cursor: pointer; }
.contents ul { display: flex; flex-wrap: wrap; gap: .1rem 1.1rem; list-style: none; margin: .6rem 0 0; padding: 0; font-size: .85rem; }

.status { display: inline-flex; align-items: center; gap: .4rem; font-weight: 650; font-size: .9rem; margin: 1.3rem 0 0; }
.status .target { color: var(--ink); font-weight: 400; }
.faulty, .broken-text { color: var(--bad); }
.healthy { color: var(--good); }
.inconclusive, .unmeasured { color: var(--warn); }
.certainty { display: inline-block; font-size: .75rem; font-weight: 500; line-height: 1; color: var(--ink); border: 1px solid var(--line); border-radius: 3px; padding: .22em .45em; vertical-align: .2em; }

.says { display: grid; grid-template-columns: 8.5rem minmax(0, 1fr); margin: .6rem 0; }
.says > div { display: contents; }
.says dt { color: var(--quiet); padding: .2rem 0; }
.says dd { margin: 0; padding: .2rem 0; max-width: 52rem; }
.says dd + dd { grid-column: 2; }
.lead { font-weight: 650; margin: .5rem 0; }
.refs { font-size: .78rem; color: var(--quiet); white-space: normal; }
.refs a { font-family: var(--mono); color: inherit; display: inline-block; min-width: 24px; line-height: 24px; text-align: center; }
.refs details { display: inline; }
.refs summary { display: inline; cursor: pointer; text-decoration: underline dotted; list-style: none; }
.refs summary::-webkit-details-marker { display: none; }
.code { position: relative; margin: .4rem 0; max-width: 48rem; }
.code pre { margin: 0; padding: .8rem 1rem; background: var(--raised); border: 1px solid var(--line); border-radius: 4px; overflow: auto; line-height: 1.45; }
.code button { position: absolute; right: .5rem; top: .45rem; background: var(--paper); }
.finding { margin-top: 1.8rem; }

.wide { overflow: auto; max-height: 36rem; border: 1px solid var(--line); border-radius: 4px; margin: .6rem 0; }
.wide table { border-collapse: collapse; width: 100%; font-size: .8rem; font-variant-numeric: tabular-nums; }
.wide caption { text-align: left; padding: .5rem .6rem; color: var(--quiet); }
.wide th, .wide td { text-align: left; vertical-align: top; padding: .22rem .6rem; border-top: 1px solid var(--line); white-space: nowrap; }
.wide .prose, .wide .wrap { white-space: normal; }
.wide .prose { min-width: 16rem; }
.wide .wrap { min-width: 6rem; }
.wide thead th { position: sticky; top: 0; background: var(--raised); border-top: 0; font-weight: 600; white-space: nowrap; z-index: 1; }
.wide tbody th { font-weight: 400; }
.wide .number { text-align: right; white-space: nowrap; }
.wide tr:target { background: var(--cited); outline: 2px solid var(--link); outline-offset: -2px; }
.state { white-space: nowrap; }
.changes { list-style: none; padding: 0; }
.changes li { padding: .15rem 0; }

@media (max-width: 40rem) {
  .says { grid-template-columns: minmax(0, 1fr); }
  .says dt { padding-bottom: 0; font-size: .85rem; }
  .says dd + dd, .says dd { grid-column: 1; }
}
@media print {
  :root, :root[data-theme] { color-scheme: light; }
  body { max-width: none; padding: 0; font-size: 10pt; }
  button, .skip, .contents, .only-screen { display: none !important; }
  h2, h3 { break-after: avoid; }
  figure, .finding, .code, tr { break-inside: avoid; }
  .wide { max-height: none; overflow: visible; border: 0; }
  .wide thead th { position: static; white-space: normal; }
  .wide th, .wide td { white-space: normal; overflow-wrap: anywhere; padding: .15rem .3rem; }
  .wide table { font-size: 7pt; }
  .samples tr.uncited { display: none; }
  .code pre { white-space: pre-wrap; }
  a { color: inherit; text-decoration: none; }
}
@media not print { .only-print { display: none; } }
`;
