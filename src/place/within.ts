/** A container's log ends before its pod's status says how it ended: the kubelet looks once a second, and then tells the API. */
export const STATUS_LAG_MS = 4000;

/** Resolves with the event, or after so many milliseconds without it. */
export async function within(ms: number, event: Promise<void>): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, ms);
  await Promise.race([event, promise]);
  clearTimeout(timer);
}
