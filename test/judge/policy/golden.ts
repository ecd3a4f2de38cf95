/**
 * The oracle's answers to the flows of a seed, written down in a few bytes a flow. The flows themselves are made again from the seed, and a
 * digest says whether they are still the same.
 */
import { createHash } from 'node:crypto';
import type { Answer } from './compare.ts';
import { mulberry32 } from '../../../src/plan/mesh/random.ts';
import { randomWorld } from './random-world.ts';
import type { World } from './random-world.ts';

export const FLOWS_PER_WORLD = 200;

/** The worlds of a seed, as many as have this many flows. */
export function worldsOf(seed: number, flows: number): World[] {
  const random = mulberry32(seed);
  return Array.from({ length: Math.ceil(flows / FLOWS_PER_WORLD) }, () => randomWorld(random, FLOWS_PER_WORLD));
}

export interface Golden {
  readonly seed: number;
  readonly digest: string;
  /** By world, by flow. */
  readonly answers: readonly (readonly Answer[])[];
}

/** `seed digest`, then a line a world: for each flow whether egress and ingress are allowed, and the numbers of the policies that say so. */
export function writeGolden(seed: number, worlds: readonly World[], answers: readonly (readonly Answer[])[]): string {
  const lines = answers.map((each) => each.map(writeAnswer).join(' '));
  return [`${seed} ${digestOf(worlds)}`, ...lines, ''].join('\n');
}

export function readGolden(text: string): Golden {
  const [head = '', ...lines] = text.trimEnd().split('\n');
  const [seed = '', digest = ''] = head.split(' ');
  const worlds = worldsOf(Number(seed), lines.length * FLOWS_PER_WORLD);
  return {
    seed: Number(seed),
    digest,
    answers: lines.map((line, index) => {
      const names = new Map(worlds[index]?.policies.map(({ metadata: { namespace, name } }) => [name, namespace]));
      return line.split(' ').map((written) => readAnswer(written, names));
    }),
  };
}

export function digestOf(worlds: readonly World[]): string {
  return createHash('sha256').update(JSON.stringify(worlds)).digest('hex').slice(0, 16);
}

/** e.g. `+-03/1`: egress is allowed by p0 and p3, ingress denied by p1; a flow is allowed where both are. */
function writeAnswer({ allowed, egress, ingress, egressPolicies, ingressPolicies }: Answer): string {
  if (allowed !== (egress && ingress)) throw new Error('an oracle that does not need both directions is none');
  return `${sign(egress)}${sign(ingress)}${numbers(egressPolicies)}/${numbers(ingressPolicies)}`;
}

function readAnswer(written: string, namespaces: ReadonlyMap<string, string>): Answer {
  const [egress, ingress] = [written[0] === '+', written[1] === '+'];
  const [out = '', into = ''] = written.slice(2).split('/');
  const names = (digits: string) =>
    digits
      .split('')
      .map((digit) => `${namespaces.get(`p${digit}`) ?? '?'}/p${digit}`)
      .toSorted();
  return { allowed: egress && ingress, egress, ingress, egressPolicies: names(out), ingressPolicies: names(into) };
}

function sign(is: boolean): string {
  return is ? '+' : '-';
}

/** Policies are called p0 to p8, whatever their namespace. */
function numbers(policies: readonly string[]): string {
  return policies.map((full) => full.slice(full.lastIndexOf('/p') + 2)).join('');
}
