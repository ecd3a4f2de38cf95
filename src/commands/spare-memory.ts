/** Node takes what memory there is before it tidies up; a controller of thousands of pods is to stay small, at the price of some CPU time. */
import { setFlagsFromString } from 'node:v8';

const NEWEST_TRIED = 24;

/**
 * V8's young generation stays as it begins instead of growing sixteenfold, and the old one is collected when it has grown by half. Both are asked for
 * whenever V8 grows a space (v8: src/heap/new-spaces.cc, memory-controller.cc), so that they may be set while the program runs, which the flags of
 * Node for the same (`--max-semi-space-size`) may not. Tried with Node 20 and 24; a V8 that no longer knew them would say so on stderr.
 */
export function spareMemory(): void {
  if (Number(process.versions.node.split('.')[0]) > NEWEST_TRIED) return;
  setFlagsFromString('--semi-space-growth-factor=1');
  setFlagsFromString('--heap-growing-percent=50');
}
