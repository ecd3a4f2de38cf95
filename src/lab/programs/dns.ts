/**
 * One DNS server of the lab: answers for the cluster's Services and for one name outside, over UDP and TCP.
 * Started with the file that holds the zone; the lab rewrites that file, and each query is answered from its latest state.
 * A second file, if there is one, says what this server does otherwise than its siblings.
 */
import { createSocket } from 'node:dgram';
import { readFileSync, statSync } from 'node:fs';
import { createServer as createHttpServer } from 'node:http';
import { createServer } from 'node:net';
import { isForgotten, type DnsOddity } from './dns-oddity.ts';
import { RCODE, TYPE_A, readQuestion, writeReply, type Reply } from './dns-message.ts';

const DNS_PORT = 53;
/** CoreDNS' ready plugin. */
const READY_PORT = 8181;

const [zoneFile = '', ownFile = ''] = process.argv.slice(2);
const latestZone = followed<Record<string, string[]>>(zoneFile, {});
const oddity = followed<DnsOddity>(ownFile, { ignoredTypes: [], forgottenNames: [] });

/** What a file holds now; `otherwise` while it is not there. */
function followed<T>(file: string, otherwise: T): () => T {
  let content = otherwise;
  let readAt = -1;
  return () => {
    const mtimeMs = statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? readAt;
    if (mtimeMs !== readAt) {
      content = JSON.parse(readFileSync(file, 'utf8'));
      readAt = mtimeMs;
    }
    return content;
  };
}

function answer(name: string, type: number): Reply {
  const known = latestZone();
  const isKnown = Object.hasOwn(known, name) && !isForgotten(name, oddity());
  const found = isKnown ? known[name] : podName(name);
  if (found === undefined) return { rcode: RCODE.unknownName, addresses: [] };
  // In random order, as CoreDNS' loadbalance plugin gives them.
  return { rcode: RCODE.ok, addresses: type === TYPE_A ? found.toSorted(() => Math.random() - 0.5) : [] };
}

/** `10-244-1-5.shop.pod.cluster.local`, as the kubernetes plugin answers with `pods insecure`. */
function podName(name: string): string[] | undefined {
  const [, dashed] = /^(\d+-\d+-\d+-\d+)\.[^.]+\.pod\.cluster\.local$/u.exec(name) ?? [];
  return dashed === undefined ? undefined : [dashed.replaceAll('-', '.')];
}

function reply(message: Buffer, transport: 'udp' | 'tcp'): Buffer | null {
  const question = readQuestion(message);
  if (question === null || oddity().ignoredTypes.includes(question.type)) return null;
  return writeReply(question, answer(question.name, question.type), transport);
}

const udp = createSocket('udp4');
udp.on('message', (message, { address, port }) => {
  const answered = reply(message, 'udp');
  if (answered !== null) udp.send(answered, port, address);
});
udp.bind(DNS_PORT);

createServer((socket) => {
  let received = Buffer.alloc(0);
  socket.on('error', () => socket.destroy());
  socket.on('data', (data) => {
    received = Buffer.concat([received, data]);
    while (received.length >= 2 && received.length >= 2 + received.readUInt16BE(0)) {
      const end = 2 + received.readUInt16BE(0);
      const answered = reply(received.subarray(2, end), 'tcp');
      received = received.subarray(end);
      if (answered === null) return void socket.destroy();
      const length = Buffer.alloc(2);
      length.writeUInt16BE(answered.length);
      socket.write(Buffer.concat([length, answered]));
    }
  });
}).listen(DNS_PORT);

createHttpServer((_, response) => response.end('OK')).listen(READY_PORT);
// Process 1 of a pod has no default action for signals.
process.on('SIGTERM', () => process.exit(0));
