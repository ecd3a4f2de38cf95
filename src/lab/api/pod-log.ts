/** `pods/log`: plain text, followed when asked. */
import type { KubeObject } from '../model.ts';
import type { LogLine, Logs } from './logs.ts';
import { refuse, type Reply } from './reply.ts';
import { isTrue, type ResourceRequest } from './request.ts';
import { badRequest, notFound } from './status.ts';
import type { ClusterStore } from './store.ts';

/** A follower that reads nothing is cut off when this much waits for it, in bytes. */
const MAX_UNREAD_BYTES = 16 * 1024 * 1024;

/** The reply to GET pods/NAME/log. */
export function podLogReply(request: ResourceRequest, store: ClusterStore, logs: Logs): Reply {
  const pod = store.get('pods', request.namespace, request.name ?? '');
  if (pod === null) return refuse(notFound(request.resource, request.name ?? ''));
  const chosen = containerOf(pod, request.query.get('container'));
  if (!chosen.ok) return refuse(badRequest(chosen.problem));
  const which = isTrue(request.query.get('previous')) ? 'previous' : 'current';
  const lines = logs.read(pod.metadata.uid, chosen.container, which);
  if (lines === null) return refuse(badRequest(whyEmpty(pod, chosen.container, which)));
  const write = writerOf(request.query);
  const text = selected(lines, request.query).map(write).join('');
  if (!isTrue(request.query.get('follow')) || which === 'previous') return { kind: 'text', code: 200, body: text };
  return {
    kind: 'stream',
    run: (response) => {
      response.writeHead(200, { 'content-type': 'text/plain; charset=utf-8' });
      response.flushHeaders();
      response.write(text);
      const stop = logs.follow(pod.metadata.uid, chosen.container, {
        onLine: (line) => {
          if (response.writableLength > MAX_UNREAD_BYTES) response.destroy();
          else response.write(write(line));
        },
        onEnd: () => response.end(),
      });
      response.once('close', stop);
    },
  };
}

function containerOf(
  pod: KubeObject,
  asked: string | null,
): { ok: true; container: string } | { ok: false; problem: string } {
  const { name } = pod.metadata;
  const names = ['containers', 'initContainers', 'ephemeralContainers'].flatMap((list) =>
    ((pod['spec'][list] ?? []) as { name: string }[]).map((container) => container.name),
  );
  if (asked !== null && asked !== '') {
    return names.includes(asked)
      ? { ok: true, container: asked }
      : { ok: false, problem: `container ${asked} is not valid for pod ${name}` };
  }
  const [only] = names;
  if (pod['spec'].containers.length === 1 && only !== undefined) return { ok: true, container: only };
  const problem = `a container name must be specified for pod ${name}, choose one of: [${names.join(' ')}]`;
  return { ok: false, problem };
}

function whyEmpty(pod: KubeObject, container: string, which: 'current' | 'previous'): string {
  if (which === 'previous')
    return `previous terminated container "${container}" in pod "${pod.metadata.name}" not found`;
  const statuses: { name: string; state?: { waiting?: { reason?: string } } }[] = [
    ...(pod['status']?.containerStatuses ?? []),
    ...(pod['status']?.ephemeralContainerStatuses ?? []),
  ];
  const reason = statuses.find((status) => status.name === container)?.state?.waiting?.reason ?? 'ContainerCreating';
  const isImage = reason === 'ImagePullBackOff' || reason === 'ErrImagePull';
  const why = isImage ? 'trying and failing to pull image' : reason;
  return `container "${container}" in pod "${pod.metadata.name}" is waiting to start: ${why}`;
}

function selected(lines: readonly LogLine[], query: URLSearchParams): readonly LogLine[] {
  const since = Date.parse(query.get('sinceTime') ?? '');
  const seconds = Number(query.get('sinceSeconds') ?? '');
  const from = Number.isFinite(since) ? since : seconds > 0 ? Date.now() - seconds * 1000 : 0;
  const recent = from === 0 ? lines : lines.filter((line) => line.at.getTime() >= from);
  const tail = query.get('tailLines');
  return tail === null || !/^\d+$/.test(tail) ? recent : recent.slice(Math.max(0, recent.length - Number(tail)));
}

function writerOf(query: URLSearchParams): (line: LogLine) => string {
  return isTrue(query.get('timestamps'))
    ? (line): string => `${line.at.toISOString()} ${line.text}\n`
    : (line): string => `${line.text}\n`;
}
