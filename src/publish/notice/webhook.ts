/** A notice by HTTP POST. The path and query of a webhook's address are its password. */
import { type Channel, shownAddress } from '../channel.ts';
import { newsOf } from '../news.ts';
import { send } from '../send.ts';
import type { WebhookSettings } from '../settings.ts';
import { noticeOf } from './notice.ts';
import { slackMessage } from './slack.ts';

export function webhookChannel({ url, kind, always }: WebhookSettings): Channel {
  const shown = shownAddress(url);
  const name = `webhook ${shown ?? ''}`.trim();
  return {
    name,
    async tell(report, dependencies) {
      if (shown === null) return [{ what: name, because: 'its address is not an http or https URL' }];
      if (!always && newsOf(report).length === 0) return [];
      const notice = noticeOf(report);
      const body = JSON.stringify(kind === 'slack' ? slackMessage(notice) : notice);
      const contentType = 'application/json';
      const problem = await send(
        { method: 'POST', address: url, contentType, body, quotesRefusal: false },
        dependencies,
      );
      return problem === null ? [] : [{ what: name, because: problem }];
    },
  };
}
