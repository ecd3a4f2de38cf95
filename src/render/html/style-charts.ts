/** How charts and the picture of the path look: all colours by class, so that one drawing serves both themes and paper. */
export const chartStyle = `
figure { margin: .8rem 0 1.2rem; }
figcaption { font-size: .85rem; color: var(--quiet); margin-bottom: .4rem; max-width: 52rem; }
.chart { overflow-x: auto; }
svg { display: block; max-width: 100%; height: auto; font: 11px system-ui, -apple-system, "Segoe UI", Roboto, "Liberation Sans", Arial, sans-serif; }
svg text { fill: var(--ink); font-variant-numeric: tabular-nums; }
svg .quiet { fill: var(--quiet); }
svg .strong { font-weight: 600; }
/* Letters stay readable in a narrow window: the chart scrolls instead of shrinking. */
.chart svg { min-width: 52rem; }
.frame { fill: var(--raised); stroke: var(--line); }
.grid { stroke: var(--line); stroke-width: 1; fill: none; shape-rendering: crispEdges; }
.timer { stroke: var(--bad); stroke-width: 1; stroke-dasharray: 5 3; fill: none; }
.timer.minor { stroke: var(--quiet); stroke-dasharray: 2 3; }
svg .timer-name { fill: var(--bad); }
svg .timer-name.minor { fill: var(--quiet); }
.leader { stroke: var(--line); fill: none; }
.attempt-answered { fill: var(--plain); }
.attempt-slow { fill: var(--warn); }
.attempt-silent { fill: none; stroke: var(--bad); stroke-width: 2; }
.attempt-failed { fill: var(--bad); }
.attempt-waiting { fill: var(--paper); stroke: var(--bad); stroke-width: 1.6; }
.attempt-cut { fill: var(--paper); stroke: var(--quiet); stroke-width: 1.4; }
.attempt a:hover path, a.attempt:hover path { stroke: var(--ink); stroke-width: 2; }
.legend { display: flex; flex-wrap: wrap; gap: .15rem 1.1rem; list-style: none; margin: .3rem 0 .6rem; padding: 0; font-size: .8rem; color: var(--quiet); }
.legend li { display: flex; align-items: center; gap: .35rem; }
.legend svg { flex: none; }
.small { display: grid; grid-template-columns: repeat(auto-fill, minmax(19rem, 1fr)); gap: 1rem 1.4rem; }
.small figure { margin: 0; min-width: 0; position: relative; }
.small figcaption { color: var(--ink); font-size: .8rem; line-height: 1.35; min-height: 2.7em; }
.small svg { width: 100%; }
.bar-answered { fill: var(--plain); }
.bar-slow { fill: var(--warn); }
.bar-failed { stroke: var(--bad); }
.hatch-line { stroke: var(--bad); stroke-width: 2; }
.mode { fill: var(--ink); }

.hop { fill: var(--paper); stroke: var(--line); stroke-width: 1.2; }
.hop-service { fill: var(--raised); stroke: var(--line); }
.edge { fill: none; stroke: var(--quiet); stroke-width: 1.3; }
.edge-good { stroke: var(--good); stroke-width: 1.6; }
.edge-slow { stroke: var(--warn); stroke-width: 2.4; stroke-dasharray: 9 4; }
.edge-lossy { stroke: var(--bad); stroke-width: 2; stroke-dasharray: 6 3 1 3; }
.edge-broken { stroke: var(--bad); stroke-width: 2.2; stroke-dasharray: 3 3; }
.edge-affected { stroke: var(--warn); stroke-width: 1.2; stroke-dasharray: 2 4; }
.edge-unmeasured { stroke: var(--line); stroke-dasharray: 1 4; }
.mark-halo { fill: var(--paper); stroke: var(--bad); stroke-width: 1.5; }
svg .mark { fill: var(--bad); font-weight: 700; text-anchor: middle; }
.hops { list-style: none; padding: 0; font-size: .85rem; }
@media print { .chart { overflow: visible; } .chart svg { min-width: 0; } svg, .heat { print-color-adjust: exact; -webkit-print-color-adjust: exact; } }
`;
