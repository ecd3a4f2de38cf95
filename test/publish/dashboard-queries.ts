/** What the Grafana dashboard asks Prometheus, with every variable set to everything. */
import { readFileSync } from 'node:fs';

interface Dashboard {
  readonly panels: readonly { readonly title: string; readonly targets: readonly { readonly expr: string }[] }[];
}

export function dashboardQueries(): { title: string; expr: string }[] {
  const { panels } = JSON.parse(readFileSync('deploy/grafana/kprobe.json', 'utf8')) as Dashboard;
  return panels.flatMap(({ title, targets }) =>
    targets.map(({ expr }) => ({ title, expr: expr.replaceAll(/\$(cluster|sweep|target|percentile)\b/g, '.*') })),
  );
}
