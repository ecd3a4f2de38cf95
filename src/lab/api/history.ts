/** What changed, in order, as far back as is kept; watches are served from it. */
import type { KubeObject } from '../model.ts';
import { expired, type Status } from './status.ts';

/** One change. `previous` lets a watch with a selector see an object leave its selection. */
export interface Change {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
  readonly resource: string;
  readonly revision: number;
  readonly object: KubeObject;
  readonly previous: KubeObject | null;
}

/** A bounded ring of changes with listeners, which hear every change in order even when they make changes themselves. */
export class History {
  readonly #limit: number;
  readonly #changes: Change[] = [];
  readonly #listeners = new Set<(change: Change) => void>();
  readonly #undelivered: Change[] = [];
  #delivering = false;
  #forgottenRevision = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Remembers a change and tells the listeners, after those of earlier changes. */
  record(change: Change): void {
    this.#changes.push(change);
    // Trimming in blocks keeps each record cheap.
    if (this.#changes.length > this.#limit * 2) {
      const gone = this.#changes.splice(0, this.#changes.length - this.#limit);
      this.#forgottenRevision = gone.at(-1)?.revision ?? this.#forgottenRevision;
    }
    this.#undelivered.push(change);
    if (this.#delivering) return;
    this.#delivering = true;
    try {
      for (let next = this.#undelivered.shift(); next !== undefined; next = this.#undelivered.shift()) {
        for (const listener of [...this.#listeners]) listener(next);
      }
    } finally {
      this.#delivering = false;
    }
  }

  /** The changes after a revision, or the 410 that tells a client to list again. */
  since(revision: number): { ok: true; changes: readonly Change[] } | { ok: false; status: Status } {
    if (revision < this.#forgottenRevision) {
      return { ok: false, status: expired(`too old resource version: ${revision} (${this.#forgottenRevision})`) };
    }
    return { ok: true, changes: this.#changes.filter((change) => change.revision > revision) };
  }

  /** Hears every later change; returns how to stop. */
  listen(listener: (change: Change) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}
