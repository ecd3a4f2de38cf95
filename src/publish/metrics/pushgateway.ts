/**
 * Metrics to a Prometheus Pushgateway, which keeps them for the next scrape after this process is gone. The client library's own class
 * for this tries once, takes a redirect for success and uses what Node has deprecated, so only the text is the library's.
 */
import type { SweepReport } from '../../model/sweep.ts';
import { type Channel, shownAddress } from '../channel.ts';
import { send } from '../send.ts';
import { metricsOf } from './families.ts';
import { labelValue } from './labels.ts';
import { registryOf } from './registry.ts';

const JOB = 'kprobe';

export function pushgatewayChannel(url: string): Channel {
  const shown = shownAddress(url);
  const name = `Pushgateway ${shown ?? ''}`.trim();
  return {
    name,
    async tell(report, dependencies) {
      if (shown === null) return [{ what: name, because: 'its address is not an http or https URL' }];
      const registry = await registryOf(metricsOf(report).families);
      const body = await registry.metrics();
      const { contentType } = registry;
      // PUT replaces the whole group: the series of a target that is no more go with the next sweep.
      const message = {
        method: 'PUT',
        address: groupAddress(url, report),
        contentType,
        body,
        quotesRefusal: true,
      } as const;
      const problem = await send(message, dependencies);
      return problem === null ? [] : [{ what: name, because: problem }];
    },
  };
}

function groupAddress(base: string, { cluster, series }: SweepReport): string {
  const url = new URL(base);
  const folder = url.pathname.replace(/\/+$/, '');
  url.pathname = `${folder}/metrics/job/${JOB}/cluster@base64/${encoded(cluster.name)}/sweep@base64/${encoded(series)}`;
  return url.href;
}

/** Values that are empty or hold a slash need this form; a lone `=` stands for the empty one (Pushgateway, README, "URL"). */
function encoded(text: string): string {
  return Buffer.from(labelValue(text)).toString('base64url') || '=';
}
