/**
 * The same objects in fewer bytes. A pod is five kilobytes, and a run of thousands of pods hears of each of them many times. The server prints
 * tables for kubectl (kubernetes.io, "Receiving resources as Tables"): a row has what is needed here in a tenth of it. Pure.
 */
import type { ApiObject } from './cluster-client.ts';
import { listAt, textAt } from './fields.ts';

/** In the order of liking: who knows no tables answers as usual, and is understood as well. */
export const AS_TABLE = 'application/json;as=Table;g=meta.k8s.io;v=v1,application/json';
/** Of an answer to a write only the metadata. */
export const AS_METADATA = 'application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1,application/json';
/** The same of a list: whoever deletes a collection and asks for the metadata of one object is answered 406, after it was deleted (1.34). */
export const AS_METADATA_LIST = 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json';
/** Of a table: cells alone. */
export const CELLS_ALONE = { includeObject: 'None' } as const;

/** Which cell is what, as the first answer of a stream says it. */
export type Columns = ReadonlyMap<string, number>;

/** null: this is no table, or one that does not name its columns. */
export function columnsOf(object: unknown): Columns | null {
  const names = listAt(object, 'columnDefinitions').map((column) => textAt(column, 'name') ?? '');
  return isTable(object) && names.length > 0 ? new Map(names.map((name, position) => [name, position])) : null;
}

export function isTable(object: unknown): boolean {
  return textAt(object, 'kind') === 'Table';
}

/**
 * Pods as their rows tell of them: name, phase and address, and by a container status what kubectl shows as STATUS. `metadata.uid` is that of
 * the row's name, for there is none in a row; a name is given once in a run.
 */
export function podsOf(table: unknown, columns: Columns): ApiObject[] {
  return listAt(table, 'rows').flatMap((row) => {
    const cell = (name: string): string | null => {
      const position = columns.get(name);
      const found = position === undefined ? undefined : listAt(row, 'cells')[position];
      return typeof found === 'string' && found !== '' && found !== '<none>' ? found : null;
    };
    const name = cell('Name');
    const status = cell('Status');
    return name === null || status === null ? [] : [podOf(name, status, cell('IP'))];
  });
}

/** What kubectl prints for a pod with nothing to explain (kubernetes: pkg/printers/internalversion/printers.go, printPod). */
const PHASES: Readonly<Record<string, string>> = {
  Running: 'Running',
  Pending: 'Pending',
  ContainerCreating: 'Pending',
  PodInitializing: 'Pending',
  Completed: 'Succeeded',
  Succeeded: 'Succeeded',
};

function podOf(name: string, status: string, address: string | null): ApiObject {
  const phase = PHASES[status];
  return {
    metadata: { name, uid: name, resourceVersion: `${status} ${address}` },
    status: {
      // Whatever else it says, the whole pod says better.
      ...(phase === undefined ? { brief: status } : { phase }),
      ...(address === null ? {} : { podIP: address }),
      ...(status === 'Running' ? { containerStatuses: [{ state: { running: { startedAt: 'before' } } }] } : {}),
    },
  };
}

/** Its row had something to explain that a row cannot: the pod itself is to be asked. */
export function isUnexplained(pod: ApiObject): boolean {
  return textAt(pod, 'status', 'brief') !== null;
}
