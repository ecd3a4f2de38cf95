/**
 * Many lines as one: a log that is fetched by a controller of thousands of agents is an eighth as long so. What is said first, the hello, is said at once, for
 * others wait for it.
 */
import { Writable } from 'node:stream';
import { late } from './late.ts';
import { WORDS } from './pack-words.ts';

/** What no JSON begins with. */
const MARK = 'z:';
/** Kept back until there is so much, bytes: packed it is far from the longest line (wire.ts). */
const MOST_BYTES = 32 * 1024;
/** Or for so long, or until nothing was said for so long, milliseconds: what an agent that is killed has not written is lost. */
export const LONGEST_MS = 5000;
export const QUIET_MS = 1000;
/** No line of ours holds more; what does is an attack on memory. */
const MOST_UNPACKED = 1024 * 1024;

/** A stream before another one. An empty write lets go of what is kept back. */
export class Packer extends Writable {
  readonly #out: Writable;
  #kept: Buffer[] = [];
  #keptBytes = 0;
  #isFirst = true;
  #timers: NodeJS.Timeout[] = [];

  constructor(out: Writable) {
    super({ decodeStrings: true });
    this.#out = out;
    out.on('error', (error) => this.destroy(error));
    out.on('close', () => this.destroy());
  }

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.#kept.push(chunk);
    this.#keptBytes += chunk.length;
    const isFirst = this.#isFirst;
    this.#isFirst = false;
    if (isFirst || chunk.length === 0 || this.#keptBytes >= MOST_BYTES) return this.#letGo(done);
    const [longest = setTimeout(() => this.#letGo(), LONGEST_MS).unref(), quiet] = this.#timers;
    clearTimeout(quiet);
    this.#timers = [longest, setTimeout(() => this.#letGo(), QUIET_MS).unref()];
    done();
  }

  #letGo(done?: () => void): void {
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers = [];
    const text = Buffer.concat(this.#kept);
    [this.#kept, this.#keptBytes] = [[], 0];
    this.#out.write(text.length === 0 ? '' : `${pack(text)}\n`, done);
  }
}

/** Whole lines, each with its line feed, as one line without. */
export function pack(lines: string | Buffer): string {
  return MARK + late('node:zlib').deflateRawSync(lines, { dictionary: dictionary() }).toString('base64');
}

/** The lines in a line: itself where it is not packed, or cannot be unpacked. */
export function unpack(line: string): string[] {
  if (!line.startsWith(MARK)) return [line];
  try {
    const packed = Buffer.from(line.slice(MARK.length), 'base64');
    return late('node:zlib')
      .inflateRawSync(packed, { maxOutputLength: MOST_UNPACKED, dictionary: dictionary() })
      .toString('utf8')
      .split('\n')
      .slice(0, -1);
  } catch {
    return [line];
  }
}

let known: Buffer | null = null;

function dictionary(): Buffer {
  return (known ??= Buffer.from(WORDS));
}
