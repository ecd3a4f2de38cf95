/** Request bodies: bounded; JSON, YAML, or kubectl's protobuf. */
import type { IncomingMessage } from 'node:http';
import { parse as parseYaml } from 'yaml';
import { decodeObject } from './protobuf.ts';
import { failure, type Status } from './status.ts';

/** etcd's request limit is 1.5 MiB and kube-apiserver's body limit 3 MiB. */
const MAX_BODY_BYTES = 3 * 1024 * 1024;

export type Body =
  | { readonly ok: true; readonly value: unknown; readonly type: string }
  | { readonly ok: false; readonly status: Status };

/** Reads and parses a body; an empty one is null. */
export async function readBody(request: IncomingMessage): Promise<Body> {
  const type = (request.headers['content-type'] ?? 'application/json').split(';')[0]?.trim() ?? '';
  if (!/json|yaml|protobuf/.test(type)) {
    return { ok: false, status: unsupported() };
  }
  const chunks: Buffer[] = [];
  let bytes = 0;
  // The answer still has to go out on this connection.
  for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > MAX_BODY_BYTES) {
      return {
        ok: false,
        status: failure(413, 'RequestEntityTooLarge', `Request entity too large: limit is ${MAX_BODY_BYTES}`),
      };
    }
    chunks.push(chunk);
  }
  if (type === 'application/vnd.kubernetes.protobuf') return fromProtobuf(Buffer.concat(chunks), type);
  const text = Buffer.concat(chunks).toString('utf8');
  if (text.trim() === '') return { ok: true, value: null, type };
  try {
    return { ok: true, value: type.includes('yaml') ? parseYaml(text) : JSON.parse(text), type };
  } catch (error) {
    const why = error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error);
    return { ok: false, status: failure(400, 'BadRequest', `the object provided is unrecognized: ${why}`) };
  }
}

function fromProtobuf(bytes: Buffer, type: string): Body {
  const value = bytes.length === 0 ? null : decodeObject(bytes);
  return value === null && bytes.length > 0 ? { ok: false, status: unsupported() } : { ok: true, value, type };
}

function unsupported(): Status {
  const accepted = 'accepted media types include: application/json, application/yaml';
  return failure(415, 'UnsupportedMediaType', `the body of the request was in an unknown format - ${accepted}`);
}
