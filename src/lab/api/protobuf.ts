/**
 * Just enough of Kubernetes' protobuf encoding to read what kubectl's generators send (`kubectl create namespace`,
 * `create configmap`, `auth can-i`…). Field numbers: the `generated.proto` files of k8s.io/api and k8s.io/apimachinery.
 */

/** How a field is decoded: a scalar, a message, or several of them. */
type Field =
  | readonly [name: string, kind: 'string' | 'bytes' | 'number' | 'boolean']
  | readonly [name: string, kind: 'strings' | 'string-map' | 'bytes-map']
  | readonly [name: string, kind: 'message' | 'messages', schema: Schema];
type Schema = Readonly<Record<number, Field>>;
type Message = Record<string, unknown>;

const METADATA: Schema = {
  1: ['name', 'string'],
  2: ['generateName', 'string'],
  3: ['namespace', 'string'],
  11: ['labels', 'string-map'],
  12: ['annotations', 'string-map'],
  14: ['finalizers', 'strings'],
};
const WITH_METADATA: Schema = { 1: ['metadata', 'message', METADATA] };
const PORT: Schema = {
  1: ['name', 'string'],
  2: ['hostPort', 'number'],
  3: ['containerPort', 'number'],
  4: ['protocol', 'string'],
};
const CONTAINER: Schema = {
  1: ['name', 'string'],
  2: ['image', 'string'],
  3: ['command', 'strings'],
  4: ['args', 'strings'],
  5: ['workingDir', 'string'],
  6: ['ports', 'messages', PORT],
};
const TEMPLATE: Schema = { ...WITH_METADATA, 2: ['spec', 'message', { 2: ['containers', 'messages', CONTAINER] }] };
const DEPLOYMENT_SPEC: Schema = {
  1: ['replicas', 'number'],
  2: ['selector', 'message', { 1: ['matchLabels', 'string-map'] }],
  3: ['template', 'message', TEMPLATE],
};
const RESOURCE_ATTRIBUTES: Schema = {
  1: ['namespace', 'string'],
  2: ['verb', 'string'],
  3: ['group', 'string'],
  4: ['version', 'string'],
  5: ['resource', 'string'],
  6: ['subresource', 'string'],
  7: ['name', 'string'],
};

const KINDS: Readonly<Record<string, Schema>> = {
  Namespace: WITH_METADATA,
  ServiceAccount: WITH_METADATA,
  ConfigMap: { ...WITH_METADATA, 2: ['data', 'string-map'], 3: ['binaryData', 'bytes-map'] },
  Secret: { ...WITH_METADATA, 2: ['data', 'bytes-map'], 3: ['type', 'string'], 4: ['stringData', 'string-map'] },
  Deployment: { ...WITH_METADATA, 2: ['spec', 'message', DEPLOYMENT_SPEC] },
  Eviction: { ...WITH_METADATA, 2: ['deleteOptions', 'message', { 1: ['gracePeriodSeconds', 'number'] }] },
  SelfSubjectAccessReview: {
    ...WITH_METADATA,
    2: ['spec', 'message', { 1: ['resourceAttributes', 'message', RESOURCE_ATTRIBUTES] }],
  },
  DeleteOptions: { 1: ['gracePeriodSeconds', 'number'], 4: ['propagationPolicy', 'string'] },
};

/** Every encoded object begins so. */
const MAGIC = Buffer.from('k8s\0');
const ENVELOPE: Schema = {
  1: ['type', 'message', { 1: ['apiVersion', 'string'], 2: ['kind', 'string'] }],
  2: ['raw', 'bytes'],
};

/** The object as JSON would have it; null for kinds not listed above and for damaged input. */
export function decodeObject(bytes: Buffer): Message | null {
  if (!bytes.subarray(0, MAGIC.length).equals(MAGIC)) return null;
  try {
    const { type, raw } = decode(bytes.subarray(MAGIC.length), ENVELOPE) as { type?: { kind?: string }; raw?: Buffer };
    const kind = type?.kind ?? '';
    const schema = Object.hasOwn(KINDS, kind) ? KINDS[kind] : undefined;
    return schema === undefined || raw === undefined ? null : { ...type, ...decode(raw, schema) };
  } catch (error) {
    if (error instanceof RangeError) return null;
    throw error;
  }
}

function decode(bytes: Buffer, schema: Schema): Message {
  const message: Message = {};
  let at = 0;
  const varint = (): number => {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = bytes.readUInt8(at++);
      value += (byte & 127) * scale;
      if (byte < 128) return value;
    }
  };
  while (at < bytes.length) {
    const tag = varint();
    const field = schema[Math.floor(tag / 8)];
    let value: number | Buffer;
    if (tag % 8 === 0) value = varint();
    else if (tag % 8 === 2) {
      const length = varint();
      if (at + length > bytes.length) throw new RangeError('truncated message');
      value = bytes.subarray(at, (at += length));
    } else throw new RangeError(`wire type ${tag % 8} is not used by Kubernetes' objects`);
    if (field !== undefined) assign(message, field, value);
  }
  return message;
}

function assign(message: Message, field: Field, value: number | Buffer): void {
  const [name, kind] = field;
  if (typeof value === 'number') {
    if (kind === 'number') message[name] = value;
    else if (kind === 'boolean') message[name] = value !== 0;
    return;
  }
  const list = (): unknown[] => (message[name] ??= []) as unknown[];
  if (kind === 'bytes') message[name] = value;
  // An empty string is what the encoding writes for "not set".
  else if (kind === 'string') message[name] = value.length === 0 ? undefined : value.toString();
  else if (kind === 'strings') list().push(value.toString());
  else if (kind === 'message') message[name] = decode(value, field[2]);
  else if (kind === 'messages') list().push(decode(value, field[2]));
  else addEntry(message, field, value);
}

function addEntry(message: Message, [name, kind]: Field, value: Buffer): void {
  const entry = decode(value, { 1: ['key', 'string'], 2: ['value', 'bytes'] }) as { key?: string; value?: Buffer };
  const text = (entry.value ?? Buffer.alloc(0)).toString(kind === 'bytes-map' ? 'base64' : 'utf8');
  message[name] = { ...(message[name] as object | undefined), [entry.key ?? '']: text };
}
