/** The latency matrix: what each node sees of each other, and the verdict on it. `kprobe/matrix/v1` is a contract with scripts. */
import { z } from 'zod';
import { PathHealth } from './path-health.ts';
import { Verdict } from './verdict.ts';

export const MATRIX_SCHEMA = 'kprobe/matrix/v1';

export const Network = z.enum(['pod', 'host']);
export type Network = z.infer<typeof Network>;

export const MatrixProtocol = z.enum(['tcp', 'udp', 'http']);
export type MatrixProtocol = z.infer<typeof MatrixProtocol>;

const percentiles = z.strictObject({ p50Ms: z.number(), p90Ms: z.number(), p99Ms: z.number() });
const lost = z.strictObject({ share: z.number(), interval: z.tuple([z.number(), z.number()]) });

/** One direction between two nodes on one network. */
export const MatrixCell = z.strictObject({
  from: z.string(),
  to: z.string(),
  network: Network,
  attempts: z.number(),
  /** null where the protocol has no connect, or none succeeded. */
  connect: percentiles.nullable(),
  /** From the request to its answer on the connection, or the datagram and back. */
  roundTrip: percentiles.nullable(),
  /** Attempts without an answer, with the 95 % Wilson interval of their share. */
  lost,
  /** The largest IP packet that got through both ways, in bytes; null where that was not asked or nothing got through. */
  mtuBytes: z.number().nullable(),
  state: PathHealth,
});
export type MatrixCell = z.infer<typeof MatrixCell>;

/** What one node sees of one DNS server. */
export const MatrixDns = z.strictObject({
  node: z.string(),
  server: z.string(),
  /** The pod or Service behind the address. */
  name: z.string(),
  attempts: z.number(),
  roundTrip: percentiles.nullable(),
  lost,
  state: PathHealth,
});
export type MatrixDns = z.infer<typeof MatrixDns>;

/** Which pairs are measured, and what such a choice would find. */
export const MatrixDesign = z.strictObject({
  kind: z.enum(['full', 'partial']),
  nodes: z.number(),
  /** Directed pairs that are measured, of all there are. */
  pairs: z.number(),
  ofPairs: z.number(),
  /** How many others each node measures. */
  peersPerNode: z.number(),
  /** Probability, 0 to 1, that one bad (directed) pair, one bad node, and one bad crossing of two zones would show. */
  /** Which round of a series this is, each with other pairs; absent in the first. `finds` is of all of them together. */
  round: z.number().optional(),
  finds: z.strictObject({ pair: z.number(), node: z.number(), zoneCrossing: z.number().nullable() }),
  says: z.string(),
});
export type MatrixDesign = z.infer<typeof MatrixDesign>;

/** A round of a series, in which each measures other pairs. */
export interface MatrixRound {
  /** What the series is known by: the same seed over the same nodes gives the same rounds. */
  readonly seed: string;
  /** From 1. */
  readonly number: number;
}

export const MatrixReport = z.strictObject({
  schema: z.literal(MATRIX_SCHEMA),
  /** The same object as of a diagnosis; its findings name the pattern. */
  verdict: Verdict,
  protocol: MatrixProtocol,
  sizeBytes: z.number(),
  /** In the order of rows and columns: by zone, then by name. */
  nodes: z.array(z.strictObject({ name: z.string(), zone: z.string().nullable() })),
  networks: z.array(Network),
  design: MatrixDesign,
  cells: z.array(MatrixCell),
  dns: z.array(MatrixDns),
});
export type MatrixReport = z.infer<typeof MatrixReport>;
