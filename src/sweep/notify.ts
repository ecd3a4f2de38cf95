/** Where a sweep file wants its results told. */
import type { Limitation } from '../model/cluster.ts';
import type { PublishSettings, WebhookSettings } from '../publish/settings.ts';

export type Notify = Omit<PublishSettings, 'webhook'> & {
  readonly webhook:
    | (Omit<WebhookSettings, 'url'> & {
        readonly url: string | null;
        /** The variable whose value is the address, so that no file holds the secret in it. */
        readonly urlFromEnv: string | null;
      })
    | null;
};

/** The settings as the process around has them; a webhook whose address is not there is a limitation, and the others are told all the same. */
export function publishSettings(
  { webhook, ...rest }: Notify,
  env: Readonly<Record<string, string | undefined>>,
): { readonly settings: PublishSettings; readonly limitations: readonly Limitation[] } {
  if (webhook === null) return { settings: { ...rest, webhook: null }, limitations: [] };
  const { url, urlFromEnv, kind, always } = webhook;
  const address = url ?? env[urlFromEnv ?? '']?.trim() ?? '';
  if (URL.canParse(address)) return { settings: { ...rest, webhook: { url: address, kind, always } }, limitations: [] };
  const because = address === '' ? `${urlFromEnv} is not set` : `the value of ${urlFromEnv} is no address`;
  return { settings: { ...rest, webhook: null }, limitations: [{ what: 'the webhook', because }] };
}
