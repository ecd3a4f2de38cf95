/** How often the API server is asked: a few requests at once, and from then on so many a second. Whoever asks more waits for its turn. */

/** Fewer than the 50 a second that kubectl takes (kubernetes: staging/src/k8s.io/kubectl/pkg/cmd/cmd.go, `WithDiscoveryQPS(50.0)`), burst and all over ten seconds. */
const A_SECOND = 38;
/** What a diagnosis needs until its probes run: an ordinary run never waits. */
const AT_ONCE = 80;
/** A token, but for what adding fractions leaves out. */
const WHOLE = 1 - 1e-9;

export interface RequestRate {
  /** Resolves when the next request may be sent, or the signal ends; in the order of asking. */
  turn(signal: AbortSignal): Promise<void>;
  /** The server has too much to do (429): nobody asks for so long, and then no burst follows. */
  rest(ms: number): void;
}

/**
 * A token bucket with a queue. What is asked for waits for a token, not for a time: after a moment in which this process got no CPU the bucket is
 * full and no fuller, and nothing bursts. `now` is any clock in milliseconds.
 */
export function requestRate(
  { aSecond = A_SECOND, atOnce = AT_ONCE }: { readonly aSecond?: number; readonly atOnce?: number } = {},
  now: () => number = () => performance.now(),
): RequestRate {
  const everyMs = 1000 / aSecond;
  const waiting = new Set<() => void>();
  let tokens = atOnce;
  /** Tokens are counted until then; in the future while the server rests. */
  let countedAt = now();
  let timer: NodeJS.Timeout | undefined;

  const serve = () => {
    timer = undefined;
    const at = now();
    if (at > countedAt) {
      tokens = Math.min(atOnce, tokens + (at - countedAt) / everyMs);
      countedAt = at;
    }
    for (const go of waiting) {
      if (tokens < WHOLE) break;
      tokens -= 1;
      waiting.delete(go);
      go();
    }
    if (waiting.size > 0) timer = setTimeout(serve, Math.max(1, countedAt - at + (1 - tokens) * everyMs));
  };
  return {
    turn(signal) {
      if (signal.aborted) return Promise.resolve();
      return new Promise((resolve) => {
        const leave = () => {
          waiting.delete(go);
          // A timer that nobody waits for would keep the process alive, after a 429 for as long as the server rests.
          if (waiting.size === 0) {
            clearTimeout(timer);
            timer = undefined;
          }
          resolve();
        };
        const go = () => {
          signal.removeEventListener('abort', leave);
          resolve();
        };
        signal.addEventListener('abort', leave, { once: true });
        waiting.add(go);
        if (timer === undefined) serve();
      });
    },
    rest(ms) {
      tokens = 0;
      countedAt = Math.max(countedAt, now() + ms);
    },
  };
}
