/** Metrics to a Prometheus Pushgateway, which keeps them for the next scrape after this process is gone. */
import type { IncomingMessage } from 'node:http';
import { type Channel, reasonOf, shownAddress } from '../channel.ts';
import { metricsOf } from './families.ts';
import { labelValue } from './labels.ts';
import { registryOf } from './registry.ts';

const JOB = 'kprobe';
/** In path segments, other encodings fail for values that are empty or hold a slash (Pushgateway, README, "URL"). */
const AS_BASE64 = '@base64';

export function pushgatewayChannel(url: string): Channel {
  const shown = shownAddress(url);
  const name = `Pushgateway ${shown ?? ''}`.trim();
  return {
    name,
    async tell(report, { signal }) {
      if (shown === null) return [{ what: name, because: 'its address is not an http or https URL' }];
      const { Pushgateway } = await import('prom-client');
      const registry = await registryOf(metricsOf(report).families);
      const gateway = new Pushgateway(url.replace(/\/+$/, ''), { signal }, registry);
      const groupings = { ...group('cluster', report.cluster.name), ...group('sweep', report.series) };
      try {
        // PUT replaces the whole group: the series of a target that is no more go with the next sweep.
        const { resp } = await gateway.push({ jobName: JOB, groupings });
        const status = (resp as IncomingMessage).statusCode ?? 0;
        return status < 300 ? [] : [{ what: name, because: `it answers ${status}, which is not followed` }];
      } catch (error) {
        return [{ what: name, because: signal.aborted ? 'no answer in time' : reasonOf(error) }];
      }
    },
  };
}

/** URL-safe base64; a lone `=` stands for the empty value. */
function group(label: string, text: string): Record<string, string> {
  return { [`${label}${AS_BASE64}`]: Buffer.from(labelValue(text)).toString('base64url') || '=' };
}
