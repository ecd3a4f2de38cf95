/** How large a history may grow. */
import { statfsSync } from 'node:fs';
import { dirname } from 'node:path';

export interface Limits {
  /** Sweeps older than this go, but for the newest of each cluster. */
  readonly keepMs: number;
  /** All pages in use; above it the oldest sweeps go. */
  readonly bytes: number;
  /** All recordings together, gzipped; above it the oldest go. */
  readonly recordingBytes: number;
  /** Recordings of one target: so many of its last sweeps, and as many of its last turns for the worse or better. */
  readonly recordingsOfTarget: number;
}

/** 30 days of 200 targets every ten minutes are some 70 MB; ten times that is room enough. */
const BYTES = 768 * 1024 * 1024;
const RECORDING_BYTES = 128 * 1024 * 1024;
const RECORDINGS_OF_TARGET = 3;
/** A transaction keeps what it overwrites in a journal on the same volume. */
const SHARE_OF_VOLUME = 0.5;
const RECORDINGS_SHARE = 0.25;

/** Limits for a history in this file: half of its volume at most, so that it never fills it by itself. */
export function limitsFor(file: string, keepMs: number): Limits {
  const volumeBytes = sizeOfVolume(file);
  const bytes = Math.min(BYTES, volumeBytes * SHARE_OF_VOLUME);
  return {
    keepMs,
    bytes,
    recordingBytes: Math.min(RECORDING_BYTES, bytes * RECORDINGS_SHARE),
    recordingsOfTarget: RECORDINGS_OF_TARGET,
  };
}

/** Some network file systems say 0; then the volume sets no limit. */
function sizeOfVolume(file: string): number {
  try {
    const { blocks, bsize } = statfsSync(dirname(file));
    return blocks * bsize || Number.POSITIVE_INFINITY;
  } catch {
    return Number.POSITIVE_INFINITY;
  }
}
