/** What the strings of a recording are, by the name of their field: what is not listed here is a name, and replaced. Pure. */

/**
 * `kept`: a word of this code, from a closed list; `prose`: written by kprobe, with names in it; `object`: what lists in a verdict are sorted by;
 * `compared`: where the judge looks for slips of the pen; `interface`: of a node.
 */
export type Meaning = 'kept' | 'prose' | 'object' | 'compared' | 'interface' | 'name';

/** The field of a string, and that of the object or list around it. */
export interface At {
  readonly field: string;
  readonly around: string;
}

const CLOSED = new Set([
  ...[
    'schema',
    'ended',
    'kind',
    'type',
    'phase',
    'when',
    'locality',
    'experiments',
    'scheme',
    'transport',
    'hello',
    'end',
    'leadsTo',
    'fate',
    'upstream',
    'validity',
    'setting',
    'per',
  ],
  // Its counters and settings are the kernel's.
  'sysctls',
]);
/** Fields of these names that are open lists of the Kubernetes API elsewhere: a custom resource may own pods. */
const OPEN: Readonly<Record<string, ReadonlySet<string>>> = {
  kind: new Set(['owner', 'route', 'workloads']),
  type: new Set(['services']),
};
/** Fields that are kept where they look like this. */
const SHAPED: Readonly<Record<string, RegExp>> = {
  startedAt: /^\d{4}-\d\d-\d\dT[\d:.]+Z$/,
  // Error codes of Node and the kernel, and of DNS.
  code: /^[A-Z][A-Z\d_]*$/,
  rcode: /^[A-Z][A-Z\d_]*$/,
};
const PROSE = new Set([
  'because',
  'what',
  'id',
  'agent',
  'from',
  'path',
  'input',
  'message',
  'foundBy',
  'timersFrom',
  'readFrom',
  'requestFrom',
  'unread',
]);
const OBJECTS = new Set(['name', 'namespace', 'node', 'zone', 'zones', 'hostname', 'workload']);
const COMPARED = new Set(['service', 'serviceNamespace', 'key', 'values', 'port', 'targetPort']);
const COMPARED_NAMES = new Set(['services', 'namespaces', 'ports']);
/** Records whose keys are counters and settings of the kernel, or phases of an attempt. */
const CLOSED_KEYS = new Set(['counters', 'sysctls', 'phases', 'bridge']);
const OF_CHAINS = new Set(['family', 'hook']);
/** What a tracer heard: rules and packets in nft's words, with names in them. */
const RULES = new Set(['lines', 'text', 'says', 'table', 'chain', 'legacyTables']);
const LABELS = new Set(['labels', 'podLabels', 'selector', 'matchLabels']);

export function meaningOf(text: string, { field, around }: At): Meaning {
  if (CLOSED.has(around)) return 'kept';
  if (LABELS.has(around)) return 'compared';
  if (isClosed({ field, around }) || SHAPED[field]?.test(text) === true) return 'kept';
  // A path of a URL is the user's; one of the plan is kprobe's.
  if (field === 'path' && text.startsWith('/')) return 'name';
  if (PROSE.has(field) || RULES.has(field)) return 'prose';
  if ((field === 'name' && around === 'interfaces') || field === 'notForwarding') return 'interface';
  if (COMPARED.has(field) || (field === 'name' && COMPARED_NAMES.has(around))) return 'compared';
  return OBJECTS.has(field) ? 'object' : 'name';
}

function isClosed({ field, around }: At): boolean {
  // An agent says why it left by one of three words.
  if (field === 'because' && around === 'byes') return true;
  // So does a tracer of whether it can follow packets.
  if (field === 'state' && around === 'heard') return true;
  // Of chains, as nft has them.
  if (OF_CHAINS.has(field) && (around === 'heard' || around === 'chains')) return true;
  return CLOSED.has(field) && OPEN[field]?.has(around) !== true;
}

/** Of the keys of the record in this field; null: it is an object, whose keys are fields. */
export function meaningOfKeys(field: string): Meaning | null {
  if (CLOSED_KEYS.has(field)) return 'kept';
  if (field === 'reversePathFilter') return 'interface';
  return LABELS.has(field) ? 'compared' : null;
}
