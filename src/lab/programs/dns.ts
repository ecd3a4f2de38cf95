/**
 * One DNS server of the lab: answers for the cluster's Services and for one name outside, over UDP and TCP.
 * Started with the file that holds the zone; the lab rewrites that file, and each query is answered from its latest state.
 * A second file, if there is one, says what this server does otherwise than its siblings.
 */
import { createSocket } from 'node:dgram';
import { readFileSync, statSync } from 'node:fs';
import { createServer as createHttpServer } from 'node:http';
import { createServer, isIPv6 } from 'node:net';
import { NO_ODDITY, delayOf, isForgotten, staleAddressesOf, wildcardAddress, type DnsOddity } from './dns-oddity.ts';
import { RCODE, TYPE_A, TYPE_AAAA, readQuestion, writeReply, type Reply } from './dns-message.ts';

const DNS_PORT = 53;
/** CoreDNS' ready plugin. */
const READY_PORT = 8181;

const [zoneFile = '', ownFile = ''] = process.argv.slice(2);
const latestZone = followed<Record<string, string[]>>(zoneFile, {});
const oddity = followed<DnsOddity>(ownFile, NO_ODDITY);

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
  const found = staleAddressesOf(name, oddity()) ?? (isKnown ? known[name] : (podName(name) ?? wildcard(name)));
  if (found === undefined) return { rcode: RCODE.unknownName, addresses: [] };
  // In random order, as CoreDNS' loadbalance plugin gives them.
  return {
    rcode: RCODE.ok,
    addresses: found.filter((each) => typeOf(each) === type).toSorted(() => Math.random() - 0.5),
  };
}

function typeOf(address: string): number {
  return isIPv6(address) ? TYPE_AAAA : TYPE_A;
}

/** `10-244-1-5.shop.pod.cluster.local`, as the kubernetes plugin answers with `pods insecure`. */
function podName(name: string): string[] | undefined {
  const [, dashed, domain] = /^(\d+-\d+-\d+-\d+)\.[^.]+\.pod\.(.+)$/u.exec(name) ?? [];
  return dashed === undefined || domain !== clusterDomain() ? undefined : [dashed.replaceAll('-', '.')];
}

/** That of the one Service which every cluster has. */
function clusterDomain(): string {
  const start = 'kubernetes.default.svc.';
  return (
    Object.keys(latestZone())
      .find((name) => name.startsWith(start))
      ?.slice(start.length) ?? 'cluster.local'
  );
}

function wildcard(name: string): string[] | undefined {
  const address = wildcardAddress(name, oddity());
  return address === undefined ? undefined : [address];
}

interface Answered {
  readonly message: Buffer;
  readonly delayMs: number;
}

function reply(message: Buffer, transport: 'udp' | 'tcp'): Answered | null {
  const question = readQuestion(message);
  if (question === null || oddity().ignoredTypes.includes(question.type)) return null;
  const { name, type } = question;
  const isTooLong = oddity().truncatedNames.includes(name);
  return {
    message: writeReply(question, answer(name, type), { transport, isTooLong }),
    delayMs: delayOf(name, oddity(), clusterDomain()),
  };
}

for (const udp of [createSocket('udp4'), createSocket({ type: 'udp6', ipv6Only: true })]) {
  udp.on('message', (message, { address, port }) => {
    const answered = reply(message, 'udp');
    if (answered === null) return;
    setTimeout(() => udp.send(answered.message, port, address), answered.delayMs);
  });
  udp.bind(DNS_PORT);
}

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
      length.writeUInt16BE(answered.message.length);
      setTimeout(() => socket.write(Buffer.concat([length, answered.message])), answered.delayMs);
    }
  });
}).listen(DNS_PORT);

createHttpServer((_, response) => response.end('OK')).listen(READY_PORT);
// Process 1 of a pod has no default action for signals.
process.on('SIGTERM', () => process.exit(0));
