/**
 * A program of its own: runs in a node's network namespace and probes for that node's kubelet, so that probes come from
 * the node's address as on a real cluster. One JSON request a line in, one JSON result a line out.
 */
import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { connect } from 'node:net';
import { createInterface } from 'node:readline';
import { KUBELET_PORTS, atPort } from '../network/address-plan.ts';
import type { NetworkProbe, ProbeResult } from './prober-client.ts';

let lastPort: number = KUBELET_PORTS.last;

for await (const line of createInterface({ input: process.stdin })) {
  const asked = JSON.parse(line) as NetworkProbe & { id: number };
  const answer = (result: ProbeResult): void =>
    void process.stdout.write(`${JSON.stringify({ id: asked.id, ...result })}\n`);
  if (asked.kind === 'http') probeHttp(asked, answer);
  else probeTcp(asked, answer);
}
// The kubelet is gone: nobody reads results any more.
process.exit(0);

function probeHttp(asked: Extract<NetworkProbe, { kind: 'http' }>, answer: (result: ProbeResult) => void): void {
  const request = asked.scheme === 'HTTPS' ? httpsRequest : httpRequest;
  const url = `${asked.scheme.toLowerCase()}://${atPort(asked.host, asked.port)}${asked.path}`;
  const sent = request(
    {
      host: asked.host,
      port: asked.port,
      localPort: nextPort(),
      path: asked.path,
      // A fresh connection each time, and no look at certificates: as the kubelet does.
      agent: false,
      rejectUnauthorized: false,
      headers: { 'user-agent': 'kube-probe/1.34', accept: '*/*', connection: 'close', ...asked.headers },
    },
    (response) => {
      const code = response.statusCode ?? 0;
      response.resume();
      finish(
        code >= 200 && code < 400
          ? { isHealthy: true }
          : { isHealthy: false, message: `HTTP probe failed with statuscode: ${code}` },
      );
    },
  );
  const finish = once((result: ProbeResult) => {
    clearTimeout(limit);
    answer(result);
    sent.destroy();
  });
  const limit = setTimeout(
    () => finish({ isHealthy: false, message: `Get "${url}": context deadline exceeded` }),
    asked.timeoutMs,
  );
  sent.on('error', (error) => finish({ isHealthy: false, message: `Get "${url}": ${error.message}` }));
  sent.end();
}

function probeTcp(asked: Extract<NetworkProbe, { kind: 'tcp' }>, answer: (result: ProbeResult) => void): void {
  const socket = connect({ host: asked.host, port: asked.port, localPort: nextPort() });
  const finish = once((result: ProbeResult) => {
    clearTimeout(limit);
    answer(result);
    socket.destroy();
  });
  const limit = setTimeout(
    () => finish({ isHealthy: false, message: `dial tcp ${atPort(asked.host, asked.port)}: i/o timeout` }),
    asked.timeoutMs,
  );
  socket.on('connect', () => finish({ isHealthy: true }));
  socket.on('error', (error) => finish({ isHealthy: false, message: error.message }));
}

/** In turn, so that a port has left TIME_WAIT before its next use. */
function nextPort(): number {
  lastPort = lastPort === KUBELET_PORTS.last ? KUBELET_PORTS.first : lastPort + 1;
  return lastPort;
}

function once(done: (result: ProbeResult) => void): (result: ProbeResult) => void {
  let isDone = false;
  return (result) => {
    if (isDone) return;
    isDone = true;
    done(result);
  };
}
