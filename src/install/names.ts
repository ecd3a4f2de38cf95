/** What the objects of an installation are called. */

/** All roles and bindings, and kprobe's service account. */
export const ROLE = 'kprobe';
/** The scheduled sweep: its CronJob, the ConfigMap with its file, and the role of what only sweeps do. */
export const SWEEP = 'kprobe-sweep';
/** The volume that holds the history of sweeps. */
export const HISTORY_CLAIM = 'kprobe-history';
