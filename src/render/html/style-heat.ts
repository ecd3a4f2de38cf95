/** How the heat map looks: shades of one hue for latency, a pattern and a sign for what is slow, lossy, broken or unmeasured. */
import { schemeBlues } from 'd3-scale-chromatic';

/**
 * Steps of the scale, from far quicker than the median to far slower, as shades of ColorBrewer's nine-class Blues. What is usual
 * stays near the colour of the page in both themes, so that what is not stands out.
 */
const LIGHT_SHADES = [0, 1, 3, 4, 6, 8];
const DARK_SHADES = [8, 7, 6, 5, 3, 1];
export const HEAT_STEPS = LIGHT_SHADES.length;
/** From this shade on white reads better than black (WCAG contrast: 5 to 1 and more). */
const FIRST_DARK_SHADE = 6;

const shades = schemeBlues[9] ?? [];
const inkOn = (shade: number): string => (shade >= FIRST_DARK_SHADE ? '#ffffff' : '#111111');
const steps = LIGHT_SHADES.map((light, step) => {
  const dark = DARK_SHADES[step] ?? light;
  const [paper, ink] = [`light-dark(${shades[light]}, ${shades[dark]})`, `light-dark(${inkOn(light)}, ${inkOn(dark)})`];
  return `.h${step} { background-color: ${paper}; color: ${ink}; }`;
});

export const heatStyle = `
${steps.join('\n')}
.heat { overflow: auto; max-height: 80vh; border: 1px solid var(--line); border-radius: 4px; width: fit-content; max-width: 100%; }
.heat table { border-collapse: separate; border-spacing: 1px; font-size: .75rem; font-variant-numeric: tabular-nums; }
.heat caption { text-align: left; padding: .4rem .5rem; color: var(--quiet); }
.heat th { font-weight: 400; background: var(--paper); white-space: nowrap; text-align: left; padding: 0 .4rem; }
.heat tbody th { position: sticky; left: 0; z-index: 1; text-align: right; }
.heat thead th { position: sticky; top: 0; z-index: 2; vertical-align: bottom; padding: .3rem 0; }
.heat thead th span { writing-mode: vertical-rl; rotate: 180deg; display: inline-block; }
.heat thead td { position: sticky; vertical-align: bottom; text-align: right; padding: .3rem .4rem; color: var(--quiet); font-size: .7rem; left: 0; top: 0; z-index: 3; background: var(--paper); }
.heat tbody td { min-width: 3.1rem; height: 1.6rem; text-align: center; padding: 0 .2rem; white-space: nowrap; }
.heat td:focus { outline: 3px solid var(--ink); outline-offset: -1px; position: relative; z-index: 1; }
.heat tbody td:hover { outline: 2px solid var(--ink); outline-offset: -1px; }
.heat .zone-row > * { border-top: 3px solid var(--quiet); }
.heat .zone-column { border-left: 3px solid var(--quiet); }
.heat .self, .heat .none { background: none; color: var(--quiet); }
.heat .slow { box-shadow: inset 0 0 0 2px var(--warn); font-weight: 650; }
.heat .lossy { background: repeating-linear-gradient(135deg, light-dark(#ffe3c2, #5a3a08) 0 5px, light-dark(#fff, #2a1d08) 5px 9px); color: light-dark(#111, #fff); font-weight: 650; }
.heat .broken { background: light-dark(#b3341c, #ff8a6b); color: light-dark(#fff, #111); font-weight: 650; }
.heat .unmeasured { background: repeating-linear-gradient(45deg, var(--line) 0 1px, var(--paper) 1px 5px); color: var(--ink); }
.heat.compact tbody td { min-width: 11px; width: 11px; height: 11px; padding: 0; font-size: 0; }
.heat.compact th { font-size: 9px; line-height: 11px; height: 11px; }
.compact .broken { background: linear-gradient(45deg, transparent 42%, light-dark(#fff, #111) 42% 58%, transparent 58%), linear-gradient(-45deg, transparent 42%, light-dark(#fff, #111) 42% 58%, transparent 58%), light-dark(#b3341c, #ff8a6b); }
.compact .slow { background-image: linear-gradient(135deg, var(--warn) 50%, transparent 50%); box-shadow: none; }
.keys { display: flex; flex-wrap: wrap; gap: .3rem 1rem; list-style: none; padding: 0; font-size: .8rem; }
.keys li { display: flex; align-items: center; gap: .4rem; }
.keys .heat { display: inline-block; width: 1.5rem; height: 1.2rem; border: 1px solid var(--line); border-radius: 2px; overflow: hidden; }
.keys i { display: block; width: 100%; height: 100%; font-style: normal; text-align: center; line-height: 1.2rem; font-size: .7rem; }
.cell-facts { min-height: 3rem; margin: .5rem 0; padding: .4rem .7rem; background: var(--raised); border: 1px solid var(--line); border-radius: 4px; font-variant-numeric: tabular-nums; font-size: .85rem; max-width: none; }
@media print { .heat { max-height: none; overflow: visible; border: 0; } .heat th, .heat thead td { position: static; } .compact { zoom: .6; } .cell-facts { display: none; } }
`;
