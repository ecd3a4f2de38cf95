/** A pod that asks a server again and again from its first moment on, and tells how that went. */
import type { Driven } from './drive.ts';

export interface Asked {
  /** When the try began, milliseconds since the pod's own process did. */
  readonly atMs: number;
  /** null for an answer; an error code, or `silent` when nothing came within 300 ms. */
  readonly code: string | null;
}

/** The lab's API server, for whoever is in the lab. */
const API = 'http://172.30.0.1:6443';
const PORT = 8080;
/** A try every 100 ms, each over a connection of its own; what came of them is served to whoever asks. */
const ASKER = `
const [address, forMs] = process.argv.slice(1);
const { get, createServer } = require('http');
const begun = performance.now();
const asked = [];
const ask = () => {
  const atMs = performance.now() - begun;
  if (atMs > Number(forMs)) return clearInterval(timer);
  let isOver = false;
  const end = (code) => { if (!isOver) asked.push({ atMs, code }); isOver = true; };
  const request = get({ host: address, port: ${PORT}, agent: false }, (answer) => answer.resume().on('end', () => end(null)));
  request.on('error', (error) => end(error.code));
  setTimeout(() => { end('silent'); request.destroy(); }, 300);
};
const timer = setInterval(ask, 100);
ask();
createServer((_, answer) => answer.end(JSON.stringify(asked))).listen(${PORT}, '0.0.0.0');`;

/** Makes the pod, with label `app: newborn`, on another node than server-0's, and resolves to all its tries at that server. */
export async function newborn(lab: Driven, { forMs }: { forMs: number }): Promise<Asked[]> {
  const server = lab.pod('server-0');
  const node = ['worker-1', 'worker-2', 'worker-3'].find((name) => name !== server.node) ?? 'none';
  const command = ['node', '-e', ASKER, server.address, `${forMs}`];
  await lab.put('pods', {
    metadata: { name: 'newborn', namespace: 'echo', labels: { app: 'newborn' } },
    spec: { nodeName: node, containers: [{ name: 'asker', image: 'node:24-slim', command }] },
  });
  await lab.run('lab', 'sleep', `${forMs / 1000 + 1.5}`);
  const object = await lab.fetch('lab', `${API}/api/v1/namespaces/echo/pods/newborn`);
  const address: unknown = JSON.parse(object.body).status?.podIP;
  // Root of its own node passes whatever policies say.
  const told = await lab.fetch(node, `http://${String(address)}:${PORT}/`);
  if (told.code !== null) throw new Error(`the newborn on ${node} told nothing: ${told.code}; ${object.body}`);
  return JSON.parse(told.body);
}
