/** curl's `-w '%{json}'`: one object a request, times in seconds since its start. */
import { curlAttempt } from '../curl-times.ts';
import { numberIn, objectsIn, textIn } from '../lines.ts';
import { type Format, ofAttempts } from '../timings.ts';

/** CURLE_OPERATION_TIMEDOUT (libcurl-errors(3)). */
const TIMED_OUT = 28;

export const curlJson: Format = {
  id: 'curl-json',
  read(text) {
    const objects = objectsIn(text);
    if (objects === null || !objects.some((each) => 'time_total' in each)) return null;
    const attempts = objects.flatMap((each) => {
      const ms = (name: string) => {
        const seconds = numberIn(each, name);
        // %{json} of curl 7.70 to 7.7x and `%{time_total}` in one's own JSON may be texts.
        const value = seconds ?? Number(textIn(each, name) ?? Number.NaN);
        return Number.isFinite(value) ? value * 1000 : undefined;
      };
      return (
        curlAttempt({
          namelookup: ms('time_namelookup'),
          connect: ms('time_connect'),
          appconnect: ms('time_appconnect'),
          pretransfer: ms('time_pretransfer'),
          starttransfer: ms('time_starttransfer'),
          total: ms('time_total'),
          status: numberIn(each, 'response_code') ?? numberIn(each, 'http_code') ?? undefined,
          exit: numberIn(each, 'exitcode') ?? undefined,
        }) ?? []
      );
    });
    const timedOut = objects.filter((each) => numberIn(each, 'exitcode') === TIMED_OUT);
    const limits = timedOut.flatMap((each) => numberIn(each, 'time_total') ?? []);
    return ofAttempts(attempts, {
      format: 'curl-json',
      tool: 'curl -w %{json}',
      client: 'curl',
      target:
        objects.map((each) => textIn(each, 'url_effective') ?? textIn(each, 'url')).find((url) => url !== null) ?? null,
      limitMs: limits.length === 0 ? null : Math.min(...limits) * 1000,
    });
  },
};
