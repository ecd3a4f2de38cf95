/** What a run of `diagnose` is asked for: the flags, checked, and the two ways to talk to it while it runs. */
import type { MatrixProtocol, MatrixRound, Network } from './matrix.ts';
import type { ReportProgress } from './progress.ts';

/** How the image of probe pods is had. */
export interface PullChoice {
  /** Names of Secrets of type kubernetes.io/dockerconfigjson; each must exist in every namespace in which a probe stands. */
  readonly secrets: readonly string[];
  readonly policy: 'Always' | 'IfNotPresent' | 'Never';
}

export interface DiagnoseRequest {
  /** As the user wrote it; discovery decides what it is. */
  readonly target: string;
  /** null: the namespace of the context. */
  readonly namespace: string | null;
  /** As the user wrote it: `shop/checkout`, `deploy/checkout`. null: nobody's eyes in particular. */
  readonly from: string | null;
  /** null: as kubectl would choose. */
  readonly context: string | null;
  readonly kubeconfig: string | null;
  /** null: kprobe's choice. */
  readonly image: string | null;
  readonly pull: PullChoice;
  /** Whether probe pods may stand on the host network. */
  readonly hostVantages: boolean;
  /** Whether what `from` sees is measured by containers in its pods, which cannot be removed again; only with `from`. */
  readonly inside: boolean;
  /** Whether packets that vanish or are rejected are followed through the rules of the nodes, which needs CAP_NET_ADMIN there. */
  readonly traceRules: boolean;
  /** The whole run must be over after this long. */
  readonly timeoutMs: number;
  /** Attempts go on for this long unless a cause is proven before; null: as long as the usual plan takes. */
  readonly lastingMs: number | null;
  /** So long kept connections idle before they are used again, and the run waits for them; null: a little, if the run lasts as long. */
  readonly idleMs: number | null;
  /** From this long on an answer counts as slow. */
  readonly slowAfterMs: number;
  readonly reportProgress: ReportProgress;
  /** Aborted: stop measuring, and judge what there is. */
  readonly signal: AbortSignal;
}

/** What a run of `matrix` is asked for. */
export interface MatrixRequest extends Pick<
  DiagnoseRequest,
  'context' | 'kubeconfig' | 'image' | 'pull' | 'slowAfterMs' | 'reportProgress' | 'signal'
> {
  /** A label selector, as kubectl takes it; null: all nodes. */
  readonly nodes: string | null;
  /** null: both where that is cheap, else that of pods. */
  readonly networks: readonly Network[] | null;
  readonly protocol: MatrixProtocol;
  readonly sizeBytes: number;
  /** Others that each node measures at most; null: by the size of the cluster. */
  readonly peers: number | null;
  /** The whole run must be over after this long; null: as long as so many pods need. */
  readonly timeoutMs: number | null;
  /** Which rounds of the series, from 1, the last included: each measures other node pairs. */
  readonly rounds: { readonly from: number; readonly to: number };
  /** By what name later runs go on with the rounds; null: a series of this run alone. */
  readonly series: string | null;
  /** The round that is measured now. */
  readonly round?: MatrixRound;
}

/** What a run of `trace` is asked for. */
export interface FlowTraceRequest extends Pick<
  DiagnoseRequest,
  'namespace' | 'context' | 'kubeconfig' | 'image' | 'pull' | 'timeoutMs' | 'reportProgress' | 'signal'
> {
  /** As the user wrote them. */
  readonly from: string;
  readonly to: string;
  /** null: as the Service's port says, else TCP. */
  readonly protocol: 'tcp' | 'udp' | null;
}
