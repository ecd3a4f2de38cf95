/** Recordings on their way into a history. */
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { Recording } from '../model/recording.ts';
import type { SweepReport } from '../model/sweep.ts';

export interface PackedRecording {
  readonly key: string;
  /** The state of the target changed with it: such recordings are kept longer than one of many alike. */
  readonly isTurning: boolean;
  readonly gzipped: Uint8Array;
}

/**
 * Gzips recordings, those of targets that changed first, as long as all together are no larger than `limitBytes`; others are left
 * out. One after the other: a recording of a large cluster takes some 20 MB unpacked.
 */
export async function packRecordings(
  report: SweepReport,
  recordings: ReadonlyMap<string, Recording>,
  limitBytes: number,
): Promise<PackedRecording[]> {
  const quiet = new Set(report.targets.filter(({ change }) => change === 'same').map(({ key }) => key));
  const turning = [...recordings].filter(([key]) => !quiet.has(key));
  const others = [...recordings].filter(([key]) => quiet.has(key));
  const packed: PackedRecording[] = [];
  let room = limitBytes;
  for (const [key, recording] of [...turning, ...others]) {
    const gzipped = await promisify(gzip)(JSON.stringify(recording));
    if (gzipped.length > room) continue;
    room -= gzipped.length;
    packed.push({ key, isTurning: !quiet.has(key), gzipped });
  }
  return packed;
}
