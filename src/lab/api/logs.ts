/** What containers wrote, bounded, with followers: kubelets append, the API reads. */

/** Kept for one container, in bytes; the oldest lines go first. */
const MAX_BYTES = 4 * 1024 * 1024;

/** The log of one run of one container. Lines carry their time and have no newline. */
export interface ContainerLog {
  append(chunk: Buffer): void;
  /** Ends the log; followers are told. */
  end(): void;
}

export interface LogLine {
  readonly at: Date;
  readonly text: string;
}

/** Told of lines as they come, and of the end. */
export interface Follower {
  onLine(line: LogLine): void;
  onEnd(): void;
}

/** All logs of a lab. */
export interface Logs {
  /** Begins a log; the one before becomes the previous one, and its followers move on. */
  begin(pod: string, container: string): ContainerLog;
  /** The lines so far; null when this container never ran. */
  read(pod: string, container: string, which?: 'current' | 'previous'): readonly LogLine[] | null;
  /** Hears later lines; ends at once when the container has ended. Returns how to stop. */
  follow(pod: string, container: string, follower: Follower): () => void;
  /** Forgets a pod and ends its followers. */
  forget(pod: string): void;
}

/** Logs by pod uid and container name. */
export function createLogs(now: () => Date = () => new Date()): Logs {
  const runs = new Map<string, Run[]>();
  const latest = (pod: string, container: string): Run | undefined => runs.get(`${pod}/${container}`)?.at(-1);
  return {
    begin(pod, container) {
      const key = `${pod}/${container}`;
      const run = new Run(now);
      runs.set(key, [...(runs.get(key) ?? []).slice(-1), run]);
      return run;
    },
    read(pod, container, which = 'current') {
      const all = runs.get(`${pod}/${container}`) ?? [];
      return (which === 'previous' ? all.at(-2) : all.at(-1))?.lines ?? null;
    },
    follow(pod, container, follower) {
      const run = latest(pod, container);
      if (run !== undefined && !run.hasEnded) return run.follow(follower);
      queueMicrotask(() => follower.onEnd());
      return () => {};
    },
    forget(pod) {
      for (const [key, all] of runs) {
        if (!key.startsWith(`${pod}/`)) continue;
        all.at(-1)?.end();
        runs.delete(key);
      }
    },
  };
}

class Run implements ContainerLog {
  readonly lines: LogLine[] = [];
  hasEnded = false;
  readonly #now: () => Date;
  readonly #followers = new Set<Follower>();
  readonly #decoder = new TextDecoder();
  #partial = '';
  #bytes = 0;

  constructor(now: () => Date) {
    this.#now = now;
  }

  append(chunk: Buffer): void {
    const parts = (this.#partial + this.#decoder.decode(chunk, { stream: true })).split('\n');
    this.#partial = parts.pop() ?? '';
    for (const text of parts) this.#add(text);
    // A line without an end must not grow for ever.
    if (this.#partial.length > MAX_BYTES / 4) {
      this.#add(this.#partial);
      this.#partial = '';
    }
  }

  end(): void {
    if (this.hasEnded) return;
    if (this.#partial !== '') this.#add(this.#partial);
    this.hasEnded = true;
    for (const follower of this.#followers) follower.onEnd();
    this.#followers.clear();
  }

  follow(follower: Follower): () => void {
    this.#followers.add(follower);
    return () => this.#followers.delete(follower);
  }

  #add(text: string): void {
    const line = { at: this.#now(), text };
    this.lines.push(line);
    this.#bytes += text.length;
    while (this.#bytes > MAX_BYTES && this.lines.length > 1) this.#bytes -= this.lines.shift()?.text.length ?? 0;
    for (const follower of this.#followers) follower.onLine(line);
  }
}
