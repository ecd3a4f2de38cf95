/** The agent's mouth: messages as lines on a stream that may be slow, or gone. */
import type { Writable } from 'node:stream';
import { encode } from './parse.ts';
import type { Message } from './wire.ts';

/** With so much unread the reader has stopped. What could still be said must not fill the memory. */
const MAX_WAITING_BYTES = 8 * 1024 * 1024;
/** Lines are written together: one call for all of so many milliseconds. Whoever decides by them looks every 500 ms. */
const BATCH_MS = 50;
/** Written at once when so long, in UTF-16 code units. */
const LONG_BATCH = 16 * 1024;

export class Speaker {
  readonly #out: Writable;
  readonly #whenBroken: () => void;
  #isBroken = false;
  #dropped = 0;
  #batch = '';
  #timer: NodeJS.Timeout | null = null;

  /** `whenBroken` is called once when nobody can hear any more (EPIPE). */
  constructor(out: Writable, whenBroken: () => void) {
    this.#out = out;
    this.#whenBroken = whenBroken;
    out.on('error', () => this.#break());
    out.on('close', () => this.#break());
  }

  say(message: Message): void {
    if (this.#isBroken) return;
    if (this.#out.writableLength > MAX_WAITING_BYTES) {
      this.#dropped += 1;
      return;
    }
    if (this.#dropped > 0) {
      const what = `${this.#dropped} messages were lost because nobody read the output`;
      this.#dropped = 0;
      this.#batch += encode({ type: 'trouble', at: Date.now(), what });
    }
    this.#batch += encode(message);
    // The hello is waited for.
    if (this.#batch.length >= LONG_BATCH || message.type === 'hello') this.#write();
    else this.#timer ??= setTimeout(() => this.#write(), BATCH_MS);
  }

  #write(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    const batch = this.#batch;
    this.#batch = '';
    if (!this.#isBroken && batch !== '') this.#out.write(batch);
  }

  /** When all is written, or after `limitMs`, or at once when nobody listens. */
  flush(limitMs: number): Promise<void> {
    this.#write();
    if (this.#isBroken) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, limitMs);
      this.#out.write('', () => {
        clearTimeout(timer);
        resolve();
      });
    });
  }

  #break(): void {
    if (this.#isBroken) return;
    this.#isBroken = true;
    this.#whenBroken();
  }
}
