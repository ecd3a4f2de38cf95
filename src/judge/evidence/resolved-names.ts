/** A host outside that only the vantages resolved: what their probes connected to is the address that policies judge. Pure. */
import ipaddr from 'ipaddr.js';
import type { Recording } from '../../model/recording.ts';

/** The recording with the address that each path's name stood for. A name that no probe resolved stays. */
export function withResolvedNames(recording: Recording): Recording {
  const remotes = new Map(
    recording.samples.flatMap(({ path, remote }) => (remote === undefined ? [] : [[path, remote] as const])),
  );
  if (remotes.size === 0) return recording;
  const paths = recording.plan.paths.map((path) => {
    const remote = remotes.get(path.id);
    return path.to.kind === 'external' && remote !== undefined
      ? { ...path, to: { ...path.to, address: remote } }
      : path;
  });
  const [first] = remotes.values();
  const direct = recording.target.direct.map((far) =>
    !ipaddr.isValid(far.address) && first !== undefined ? { ...far, address: first } : far,
  );
  return { ...recording, plan: { ...recording.plan, paths }, target: { ...recording.target, direct } };
}
