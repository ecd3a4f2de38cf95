/** What a sweep file asks for that will not be in the cluster as it is on the machine where it was written. Pure. */
import { isWorkload } from '../discover/kinds.ts';
import { readObject } from '../discover/target-input.ts';
import { list } from '../model/format.ts';
import { CONTROL_NAMESPACE } from '../place/names.ts';
import type { SweepFile } from '../sweep/file.ts';
import { HISTORY_FOLDER } from './sweep-manifests.ts';

export interface Surroundings {
  /** Namespaces of others in which twins may stand. */
  readonly twins: readonly string[];
  readonly environmentSecrets: readonly string[];
  /** Whether it will be known what the cluster is called. */
  readonly isNamed: boolean;
  /** The least time between two sweeps; null: there is only one. */
  readonly gapMs: number | null;
}

/** The only folders that a sweep's pod can write to. */
const WRITABLE = ['/tmp/', `${HISTORY_FOLDER}/`];

/** One line each; none: it will be the same. */
export function sweepRemarks(file: SweepFile, { twins, environmentSecrets, isNamed, gapMs }: Surroundings): string[] {
  const { targets, timeoutMs, notify, history } = file;
  const homeless = targets.flatMap(({ target, namespace, from }) =>
    namespace === null ? [target, ...(from === null ? [] : [from])].filter(needsNamespace) : [],
  );
  const sources = new Set(targets.flatMap(sourceOf));
  const closed = [...sources].filter((namespace) => namespace !== CONTROL_NAMESPACE && !twins.includes(namespace));
  const variable = notify.webhook?.urlFromEnv ?? null;
  const { metricsFile } = notify;
  const kept = history === 'none' ? null : history.file;
  return [
    ...(gapMs !== null && timeoutMs > gapMs
      ? [
          `a sweep may take ${timeoutMs / 1000} s, longer than the ${gapMs / 1000} s between two: some turns will be left out`,
        ]
      : []),
    ...(homeless.length > 0
      ? [
          `${list(homeless)}: no namespace is named; in the cluster it is ${CONTROL_NAMESPACE}, not that of your context`,
        ]
      : []),
    ...(closed.length > 0
      ? [`targets are asked as from ${list(closed)}: --twins ${closed.join(',')} gives probes the right to stand there`]
      : []),
    ...(variable !== null && environmentSecrets.length === 0
      ? [
          `notify.webhook takes its address from $${variable}: --env-secret NAME brings it, from a Secret with the key ${variable}`,
        ]
      : []),
    ...(metricsFile !== null && !WRITABLE.some((folder) => metricsFile.startsWith(folder))
      ? [
          `notify.metricsFile ${metricsFile} cannot be written in the sweep's pod: notify.pushgateway or notify.otlp can be reached from there`,
        ]
      : []),
    ...(!isNamed && (notify.pushgateway !== null || notify.otlp !== null || notify.webhook !== null)
      ? ['metrics and notices of several clusters are not distinguishable without --cluster-name']
      : []),
    ...(kept === null ? [] : [`history.file ${kept} is not used in the cluster: the history is on its volume`]),
  ];
}

/** What is named by kind is looked for in a namespace; hosts and addresses are looked for everywhere. */
function needsNamespace(written: string): boolean {
  const kind = readObject(written)?.kind ?? null;
  return kind === 'Service' || isWorkload(kind);
}

/** The namespace in which a twin stands. */
function sourceOf({ from, namespace }: SweepFile['targets'][number]): string[] {
  if (from === null) return [];
  return [needsNamespace(from) ? (namespace ?? CONTROL_NAMESPACE) : (from.split('/')[0] ?? '')];
}
