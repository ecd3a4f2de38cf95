/** Where the results of a sweep go: the `notify:` part of a sweep file, checked. Each channel stands for itself. */

/** `json` is kprobe's own message (`kprobe/notice/v1`), `slack` what Slack's incoming webhooks take, and those who imitate them. */
export type WebhookKind = 'json' | 'slack';

export interface WebhookSettings {
  /** http or https. Its path and query are secrets: they are never shown. */
  readonly url: string;
  readonly kind: WebhookKind;
  /** Tell of every sweep, also where nothing changed. */
  readonly always: boolean;
}

export interface PublishSettings {
  /** A Kubernetes Event on the object of a target, when its state changes. */
  readonly events: boolean;
  readonly webhook: WebhookSettings | null;
  /** Base address of a Prometheus Pushgateway, without `/metrics/job/…`. */
  readonly pushgateway: { readonly url: string } | null;
  /** Base address of an OTLP/HTTP receiver, as `OTEL_EXPORTER_OTLP_ENDPOINT` has it; `/v1/metrics` is added where it is missing. */
  readonly otlp: { readonly endpoint: string } | null;
  /** A file for node_exporter's textfile collector; its name should end in `.prom`. */
  readonly metricsFile: string | null;
}
