/** What a handler says: a body, or a stream that it writes itself. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Answer, Status } from './status.ts';

export type Reply =
  | { readonly kind: 'json'; readonly code: number; readonly body: object }
  | { readonly kind: 'text'; readonly code: number; readonly body: string }
  /** Writes the response itself, until the client leaves or it ends. */
  | { readonly kind: 'stream'; readonly run: (response: ServerResponse, request: IncomingMessage) => void };

export function json(code: number, body: object): Reply {
  return { kind: 'json', code, body };
}

export function refuse(status: Status): Reply {
  return json(status.code, status);
}

/** The object, or why not. */
export function answered(answer: Answer, code = 200): Reply {
  return answer.ok ? json(code, answer.object) : refuse(answer.status);
}

/** Sends it. */
export function send(reply: Reply, response: ServerResponse, request: IncomingMessage): void {
  if (reply.kind === 'stream') return reply.run(response, request);
  const body = reply.kind === 'json' ? JSON.stringify(reply.body) : reply.body;
  response.writeHead(reply.code, {
    'content-type': reply.kind === 'json' ? 'application/json' : 'text/plain; charset=utf-8',
    'content-length': Buffer.byteLength(body),
  });
  response.end(request.method === 'HEAD' ? undefined : body);
}
