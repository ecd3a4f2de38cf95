/** The agent's mouth: messages as lines on a stream that may be slow, or gone. */
import type { Writable } from 'node:stream';
import { encode } from './parse.ts';
import type { Message } from './wire.ts';

/** With so much unread the reader has stopped. What could still be said must not fill the memory. */
const MAX_WAITING_BYTES = 8 * 1024 * 1024;

export class Speaker {
  readonly #out: Writable;
  readonly #whenBroken: () => void;
  #isBroken = false;
  #dropped = 0;

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
      this.#out.write(encode({ type: 'trouble', at: Date.now(), what }));
    }
    this.#out.write(encode(message));
  }

  /** When all is written, or after `limitMs`, or at once when nobody listens. */
  flush(limitMs: number): Promise<void> {
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
