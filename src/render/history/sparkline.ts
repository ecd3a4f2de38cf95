/** Values over time in one line of text. */
import { highest } from './streaks.ts';

const BLOCKS = '▁▂▃▄▅▆▇█'.split('');
const ASCII_BLOCKS = '_.-:=+*#'.split('');
/** Below this factor between highest and lowest, a difference is drawn small: noise must not look like a mountain. */
const LEAST_RANGE = 10;
/** Half a microsecond: less is no latency. */
const LEAST = 0.0005;

export interface SparklineOptions {
  readonly width: number;
  readonly unicode: boolean;
  /** `log`: latencies, which differ by factors; `share`: from 0 to 1. */
  readonly scale: 'log' | 'share';
}

/** `values` oldest first; null, where nothing was measured, is a blank. The highest of those that share a character is drawn. */
export function sparkline(values: readonly (number | null)[], options: SparklineOptions): string {
  const width = Math.max(1, Math.min(Math.floor(options.width), values.length));
  const drawn = Array.from({ length: width }, (_, index) => {
    const [from, to] = [index, index + 1].map((edge) => Math.floor((edge * values.length) / width));
    return highest(values.slice(from, to).filter((value) => value !== null));
  });
  const present = drawn.filter((value) => value !== null);
  const top = highest(present) ?? 0;
  const bottom = -(highest(present.map((value) => -value)) ?? 0);
  const blocks = options.unicode ? BLOCKS : ASCII_BLOCKS;
  const height = (value: number) => (options.scale === 'share' ? value : heightOf(value, bottom, top));
  return drawn.map((value) => (value === null ? ' ' : (blocks[level(height(value), blocks.length)] ?? ' '))).join('');
}

/** Any loss at all is drawn above none. */
function level(height: number, levels: number): number {
  return Math.max(0, Math.min(levels - 1, Math.ceil(height * (levels - 1))));
}

function heightOf(value: number, bottom: number, top: number): number {
  const low = Math.max(LEAST, bottom);
  const range = Math.max(LEAST_RANGE, top / low);
  return Math.log(Math.max(value, low) / low) / Math.log(range);
}
