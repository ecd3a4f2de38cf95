/** Whether what was measured is what the user wants to hold. Pure. */
import { wilson } from '../judge/evidence/intervals.ts';
import { duration, interval } from '../model/format.ts';
import type { Expectation, TargetReport } from '../model/sweep.ts';
import { type Felt, percentileOf } from './latency.ts';

type Met = TargetReport['expectations'][number];

/**
 * Met where the measured value is within the bound. Missed only where chance does not explain it: "p99 < 50 ms" says that less than one
 * of a hundred attempts takes longer, and so a handful of attempts misses it where the 95 % interval of the share of longer ones lies
 * above that. null: too few attempts to tell, or none.
 */
export function check(expectation: Expectation, felt: Felt): Met {
  const attempts = felt.answeredMs.length + felt.unanswered;
  const { says } = expectation;
  if (attempts === 0) return { says, met: null, measured: 'not measured' };
  switch (expectation.kind) {
    case 'latency':
      return checkLatency(expectation, felt, attempts);
    case 'loss': {
      const measured = `${felt.unanswered} of ${attempts} lost (${interval(wilson(felt.unanswered, attempts))})`;
      return { says, met: verdictOn(felt.unanswered, attempts, expectation.belowShare), measured };
    }
    case 'reachable':
    case 'unreachable': {
      const answered = felt.answeredMs.length;
      const met = expectation.kind === 'unreachable' ? answered === 0 : isReached(answered, attempts);
      return { says, met, measured: `${answered} of ${attempts} attempts answered` };
    }
    default:
      return expectation satisfies never;
  }
}

/** A policy or a dead endpoint stops far more than this share of connects; what is lost more seldom is the business of `loss < 1%`. */
const LOST_BY_CHANCE = 0.05;

/** Every attempt was answered, or clearly more are lost than chance takes; null: neither. */
function isReached(answered: number, attempts: number): boolean | null {
  if (answered === attempts) return true;
  return answered === 0 || wilson(attempts - answered, attempts)[0] >= LOST_BY_CHANCE ? false : null;
}

function checkLatency(asked: Extract<Expectation, { kind: 'latency' }>, felt: Felt, attempts: number): Met {
  const { percentile, belowMs, says } = asked;
  const over = felt.answeredMs.filter((ms) => ms >= belowMs).length + felt.unanswered;
  // An attempt without an answer took longer than any bound.
  const value = percentileOf(
    [...felt.answeredMs, ...Array.from({ length: felt.unanswered }, () => Infinity)],
    percentile,
  );
  const time = value === Infinity ? 'no answer' : duration(value);
  const allowed = 1 - percentile / 100;
  const met = value < belowMs ? true : wilson(over, attempts)[0] >= allowed ? false : null;
  return {
    says,
    met,
    measured: `p${percentile} ${time}; ${over} of ${attempts} attempts not below ${duration(belowMs)}`,
  };
}

function verdictOn(count: number, of: number, belowShare: number): boolean | null {
  if (count / of < belowShare) return true;
  return wilson(count, of)[0] >= belowShare ? false : null;
}

/** As a user writes it: `p99 < 50ms`, `loss < 1%`, `reachable`, `unreachable`; null: none of these. */
export function readExpectation(text: string): Expectation | null {
  const says = text.trim().replace(/\s+/gu, ' ');
  if (says === 'reachable' || says === 'unreachable') return { kind: says, says };
  const [, percentile, ms, unit = 'ms'] =
    /^p(50|90|95|99|99\.9) ?< ?(\d{1,6}(?:\.\d{1,3})?) ?(ms|s)$/u.exec(says) ?? [];
  if (percentile !== undefined) {
    const belowMs = Number(ms) * (unit === 's' ? 1000 : 1);
    return belowMs > 0 ? { kind: 'latency', percentile: Number(percentile), belowMs, says } : null;
  }
  const [, share] = /^loss ?< ?(\d{1,3}(?:\.\d{1,4})?) ?%$/u.exec(says) ?? [];
  const belowShare = Number(share) / 100;
  return belowShare > 0 && belowShare < 1 ? { kind: 'loss', belowShare, says } : null;
}

/** What an expectation may be, for hints. */
export const EXPECTATIONS = 'p50, p90, p95, p99 or p99.9 < 50ms, loss < 1%, reachable, or unreachable';
