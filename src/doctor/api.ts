/** The API server itself: who it takes us for, how old it is, what time it has. */
import type { ClusterClient, Resource } from '../api/cluster-client.ts';
import { textAt } from '../api/fields.ts';
import { duration } from '../model/format.ts';
import type { Check } from './check.ts';

/** Stable since Kubernetes 1.28, allowed to everybody (kubernetes.io, "Self subject review"). */
const SELF: Resource = {
  group: 'authentication.k8s.io',
  version: 'v1',
  plural: 'selfsubjectreviews',
  namespaced: false,
};
/** The first with Pod Security admission as a stable part (kubernetes.io, "Pod Security Admission"): 1.25. */
export const OLDEST = { major: 1, minor: 25 } as const;
/** Tokens and certificates are checked against clocks; up to here nobody notices. */
const TOLERATED_MS = 5000;

/** Our name; null where the API server does not say. */
export async function whoAmI(client: ClusterClient): Promise<string | null> {
  const made = await client.create(SELF, { apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' });
  return made.ok ? textAt(made.value, 'status', 'userInfo', 'username') : null;
}

export function checkVersion(version: string | null): Check {
  const check = { section: 'api', what: 'version' } as const;
  const [, major, minor] = /^v?(\d+)\.(\d+)/.exec(version ?? '') ?? [];
  if (major === undefined || minor === undefined) {
    const says = version === null ? 'the API server does not tell its version' : `${version} is not a version`;
    return { ...check, state: 'unknown', says, todo: 'allow GET /version: the ClusterRole system:public-info-viewer' };
  }
  const isOld = Number(major) < OLDEST.major || (Number(major) === OLDEST.major && Number(minor) < OLDEST.minor);
  if (!isOld) return { ...check, state: 'ok', says: `Kubernetes ${version}`, todo: null };
  const says = `Kubernetes ${version} is older than ${OLDEST.major}.${OLDEST.minor}, the first that kprobe knows`;
  return { ...check, state: 'unknown', says, todo: 'try kprobe diagnose: most of it may still work' };
}

/** `now`: this machine's clock, Unix milliseconds. */
export async function checkClock(client: ClusterClient, now: () => number): Promise<Check> {
  const check = { section: 'api', what: 'clock' } as const;
  const askedAt = now();
  const told = await client.clock();
  const answeredAt = now();
  if (!told.ok) return { ...check, state: 'unknown', says: told.problem.message, todo: null };
  // The answer was written at some moment between the two, within the second that it names.
  const ahead = Math.max(askedAt - (told.value + 1000), told.value - answeredAt, 0);
  if (ahead <= TOLERATED_MS) return { ...check, state: 'ok', says: 'agrees with the API server', todo: null };
  const side = told.value > answeredAt ? 'behind' : 'ahead of';
  const says = `this machine is ${duration(ahead)} ${side} the API server: tokens and certificates may not count as valid`;
  return { ...check, state: 'failed', says, todo: 'set the clock (timedatectl set-ntp true), here or there' };
}
