/**
 * The kubelets' port of all nodes, and the agents behind it: they are told what real agents are told (the run's ConfigMaps, the annotation of
 * their pod) and say what agents say that meet no trouble. It also puts pods on their nodes, as a scheduler would.
 */
import { readFileSync } from 'node:fs';
import { createServer } from 'node:https';
import type { ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { gunzipSync } from 'node:zlib';
import { connect } from '../../src/api/client.ts';
import type { ApiObject } from '../../src/api/cluster-client.ts';
import { annotationsOf, listAt, nameOf, textAt } from '../../src/api/fields.ts';
import { RESOURCES } from '../../src/api/resources.ts';
import { PEERS_ANNOTATION, RUN_LABEL, assignmentFile } from '../../src/place/names.ts';
import { LONGEST_MS, pack, QUIET_MS } from '../../probes/pack.ts';
import { encode } from '../../probes/parse.ts';
import type { Assignment, Peers } from '../../probes/wire.ts';
import type { ControlPlane } from './control-plane.ts';
import { wordsOf, type Said, type Told } from './agent-log.ts';

/** How often a followed log is looked at for something new. */
const FOLLOW_MS = 100;
/** So long after its pod is gone a followed log still ends in order. */
const LEAVING_MS = 200;

export interface Agents extends AsyncDisposable {
  /** Their kubelets' port, on every address of the loopback network. */
  readonly port: number;
  /** Logs being read at this moment, and the most there ever were. */
  readonly mostReaders: number;
  /** Pods of kprobe's that are there. */
  pods(): number;
  reset(): void;
  /** Begins to watch for pods. */
  start(): Promise<void>;
}

interface Carrier {
  readonly pod: ApiObject;
  peers: Told['peers'];
  leftAt: number | null;
  /** What it says, as long as nothing new is told to it. */
  words: { readonly peers: Told['peers']; readonly leftAt: number | null; readonly lines: readonly Line[] } | null;
}

export async function startAgents(plane: ControlPlane, certificates: string): Promise<Agents> {
  const over = new AbortController();
  const carriers = new Map<string, Carrier>();
  const configMaps = new Map<string, Promise<unknown>>();
  let readers = 0;
  let mostReaders = 0;
  const assignmentOf = async (pod: ApiObject): Promise<Assignment | null> => {
    const { namespace = '', name } = nameOf(pod) ?? { name: '' };
    const file = assignmentFile(name);
    for (const volume of listAt(pod, 'spec', 'volumes')) {
      const map = textAt(volume, 'configMap', 'name');
      if (map === null) continue;
      const path = `/api/v1/namespaces/${namespace}/configmaps/${map}`;
      const got = configMaps.get(path) ?? plane.call('GET', path);
      configMaps.set(path, got);
      const contents = await got;
      const packed = textAt(contents, 'binaryData', file);
      const text =
        packed === null ? textAt(contents, 'data', file) : gunzipSync(Buffer.from(packed, 'base64')).toString();
      if (text !== null) return JSON.parse(text) as Assignment;
    }
    return null;
  };
  const answer = async (path: string, isFollowed: boolean, response: ServerResponse) => {
    const carrier = carriers.get(path);
    const assignment = carrier === undefined ? null : await assignmentOf(carrier.pod);
    const startedAt = Date.parse(startOf(carrier?.pod) ?? '');
    if (carrier === undefined || assignment === null || Number.isNaN(startedAt)) return end(response, 404);
    response.writeHead(200, { 'content-type': 'text/plain' });
    response.flushHeaders();
    const address = textAt(carrier.pod, 'status', 'podIP') ?? '';
    let told = 0;
    for (;;) {
      const { peers, leftAt } = carrier;
      if (carrier.words?.peers !== peers || carrier.words.leftAt !== leftAt)
        carrier.words = {
          peers,
          leftAt,
          lines: linesOf(wordsOf({ assignment, address, startedAt, peers, leftAt }), assignment.packs === true),
        };
      let text = '';
      for (const { lines } = carrier.words; ; told += 1) {
        const next = lines[told];
        if (next === undefined || next.at > Date.now()) break;
        text += next.text;
      }
      if (text !== '') response.write(text);
      if (!isFollowed || leftAt !== null || response.destroyed || over.signal.aborted) break;
      await sleep(FOLLOW_MS);
    }
    response.end();
  };
  const server = createServer(
    { cert: readFileSync(`${certificates}/apiserver.crt`), key: readFileSync(`${certificates}/apiserver.key`) },
    (request, response) => {
      const url = new URL(request.url ?? '/', 'https://kubelet');
      const [, what, namespace, pod] = url.pathname.split('/');
      if (what !== 'containerLogs') return end(response, 404);
      readers += 1;
      mostReaders = Math.max(mostReaders, readers);
      response.on('close', () => (readers -= 1));
      answer(`${namespace}/${pod}`, url.searchParams.get('follow') === 'true', response).catch(() =>
        response.destroy(),
      );
    },
  );
  await new Promise<void>((resolve) => server.listen(0, '0.0.0.0', resolve));
  const watch = async () => {
    const client = await connect({
      kubeconfig: plane.kubeconfig('bench', plane.port),
      timeoutMs: 10_000,
      signal: over.signal,
    });
    for await (const event of client.watch(RESOURCES.pods, { labelSelector: RUN_LABEL })) {
      if (event.kind === 'problem') throw new Error(event.problem.message);
      const name = nameOf(event.object);
      const key = `${name?.namespace}/${name?.name}`;
      const before = carriers.get(key);
      const isLeaving = event.kind === 'gone' || textAt(event.object, 'metadata', 'deletionTimestamp') !== null;
      if (isLeaving && before !== undefined) before.leftAt ??= Date.now();
      if (event.kind === 'gone') {
        setTimeout(() => carriers.delete(key), LEAVING_MS).unref();
        continue;
      }
      const peers = annotationsOf(event.object)[PEERS_ANNOTATION];
      const isSame = before !== undefined && annotationsOf(before.pod)[PEERS_ANNOTATION] === peers;
      const fresh =
        peers === undefined ? null : { at: before?.peers?.at ?? Date.now(), table: JSON.parse(peers) as Peers };
      const table = isSame ? before.peers : fresh;
      carriers.set(key, { pod: event.object, peers: table, leftAt: before?.leftAt ?? null, words: null });
      if (textAt(event.object, 'spec', 'nodeName') === null && before === undefined) void bind(plane, event.object);
    }
  };
  return {
    port: (server.address() as AddressInfo).port,
    get mostReaders() {
      return mostReaders;
    },
    pods: () => carriers.size,
    reset: () => (mostReaders = readers),
    async start() {
      void watch().catch((error: unknown) => {
        if (!over.signal.aborted) throw error;
      });
    },
    async [Symbol.asyncDispose]() {
      over.abort();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

interface Line {
  readonly at: number;
  readonly text: string;
}

/** A line for each, or as an agent packs them: the first alone, the others together until there is a pause. */
function linesOf(words: readonly Said[], isPacked: boolean): Line[] {
  if (!isPacked) return words.map(({ at, message }) => ({ at, text: encode(message) }));
  const groups: Said[][] = [];
  for (const word of words) {
    const group = groups.length < 2 ? undefined : groups.at(-1);
    const [first, last] = [group?.[0], group?.at(-1)];
    const isOver =
      first === undefined || last === undefined || word.at - first.at >= LONGEST_MS || word.at - last.at >= QUIET_MS;
    if (isOver || group === undefined) groups.push([word]);
    else group.push(word);
  }
  return groups.map((group, position) => {
    const [first = 0, last = 0] = [group[0]?.at, group.at(-1)?.at];
    const at = position === 0 ? first : Math.min(first + LONGEST_MS, last + QUIET_MS);
    return { at, text: `${pack(group.map(({ message }) => encode(message)).join(''))}\n` };
  });
}

function startOf(pod: ApiObject | undefined): string | null {
  return textAt(listAt(pod, 'status', 'containerStatuses')[0], 'state', 'running', 'startedAt');
}

function end(response: ServerResponse, status: number): void {
  response.writeHead(status).end();
}

/** To the one node that its affinity names. */
async function bind(plane: ControlPlane, pod: ApiObject): Promise<void> {
  const { namespace = '', name } = nameOf(pod) ?? { name: '' };
  const required = ['affinity', 'nodeAffinity', 'requiredDuringSchedulingIgnoredDuringExecution'] as const;
  const term = listAt(pod, 'spec', ...required, 'nodeSelectorTerms')[0];
  const node = (listAt(listAt(term, 'matchFields')[0], 'values')[0] ?? '') as string;
  const target = { apiVersion: 'v1', kind: 'Node', name: node };
  const body = { apiVersion: 'v1', kind: 'Binding', metadata: { name, namespace }, target };
  await plane.call('POST', `/api/v1/namespaces/${namespace}/pods/${name}/binding`, body).catch(() => {});
}
