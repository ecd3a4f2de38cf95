/** How often the API server is asked: a few requests at once, and from then on so many a second. Whoever asks more waits for its turn. */
import { setTimeout as sleep } from 'node:timers/promises';

/** Fewer than the 50 a second that kubectl takes (kubernetes: staging/src/k8s.io/kubectl/pkg/cmd/cmd.go, `WithDiscoveryQPS(50.0)`), burst and all over ten seconds. */
const A_SECOND = 40;
/** What a diagnosis needs until its probes run: an ordinary run never waits. */
const AT_ONCE = 80;

export interface RequestRate {
  /** Resolves when the next request may be sent, or the signal ends; in the order of asking. */
  turn(signal: AbortSignal): Promise<void>;
  /** The server has too much to do (429): nobody asks for so long, and then no burst follows. */
  rest(ms: number): void;
}

/** A token bucket. `now` is any clock in milliseconds. */
export function requestRate(
  { aSecond = A_SECOND, atOnce = AT_ONCE }: { readonly aSecond?: number; readonly atOnce?: number } = {},
  now: () => number = () => performance.now(),
): RequestRate {
  const everyMs = 1000 / aSecond;
  /** When the bucket will be full again, if nobody asks until then. */
  let fullAt = Number.NEGATIVE_INFINITY;
  return {
    async turn(signal) {
      fullAt = Math.max(fullAt, now()) + everyMs;
      const waitMs = fullAt - now() - atOnce * everyMs;
      if (waitMs > 0) await sleep(waitMs, undefined, { signal }).catch(() => {});
    },
    rest(ms) {
      fullAt = Math.max(fullAt, now() + ms + atOnce * everyMs);
    },
  };
}
