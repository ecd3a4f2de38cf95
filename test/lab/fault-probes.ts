/** What tests of faults ask in a lab: as the programs of a pod do, with its own files. */
import type { Driven } from './drive.ts';

export interface Resolved {
  readonly addresses: readonly string[];
  /** getaddrinfo's error code, or null. */
  readonly code: string | null;
  readonly ms: number;
}

/** getaddrinfo for both families (A and AAAA), with the pod's own resolv.conf. */
export async function getaddrinfo(lab: Driven, pod: string, name: string): Promise<Resolved> {
  const program = `const begun = performance.now();
require("dns").lookup(${JSON.stringify(name)}, { all: true, family: 0 }, (error, found) => console.log(JSON.stringify({
  ms: performance.now() - begun, code: error ? error.code : null, addresses: (found ?? []).map((each) => each.address) })));`;
  return JSON.parse(await inContainer(lab, pod, process.execPath, '-e', program));
}

export interface Queried {
  /** null: no answer within the limit. */
  readonly rcode: number | null;
  readonly answers: number;
}

/** One question over UDP to one server, without any resolver. */
export async function query(
  lab: Driven,
  pod: string,
  { server, name, type, limitMs = 1000 }: { server: string; name: string; type: 'A' | 'AAAA'; limitMs?: number },
): Promise<Queried> {
  const program = `const socket = require("dgram").createSocket("udp4");
const labels = ${JSON.stringify(name)}.split(".").flatMap((label) => [Buffer.from([label.length]), Buffer.from(label)]);
const head = Buffer.from([0x12, 0x34, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0]);
const end = (result) => { console.log(JSON.stringify(result)); process.exit(0); };
socket.on("message", (answer) => end({ rcode: answer[3] & 15, answers: answer.readUInt16BE(6) }));
socket.send(Buffer.concat([head, ...labels, Buffer.from([0, 0, ${type === 'A' ? 1 : 28}, 0, 1])]), 53, ${JSON.stringify(server)});
setTimeout(() => end({ rcode: null, answers: 0 }), ${limitMs});`;
  return JSON.parse(await inContainer(lab, pod, process.execPath, '-e', program));
}

/** Runs in the pod's network with the pod's root. @returns what it printed. */
export async function inContainer(lab: Driven, pod: string, ...command: string[]): Promise<string> {
  const { code, stdout, stderr } = await lab.run(`container:${pod}`, ...command);
  if (code !== 0) throw new Error(`${command[0]} ended with ${code}: ${stderr}`);
  return stdout;
}

/** The first pod whose name starts so. */
export function podOf(lab: Driven, start: string): Driven['pods'][number] {
  const found = lab.pods.find(({ name }) => name.startsWith(start));
  if (found === undefined) throw new Error(`the lab has no pod ${start}`);
  return found;
}

export function podsOf(lab: Driven, start: string): Driven['pods'] {
  return lab.pods.filter(({ name }) => name.startsWith(start));
}
