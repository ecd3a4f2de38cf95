/** Each way in that a cluster has, nginx and Contour, by Ingress, HTTPRoute and HTTPProxy: what is broken behind it, and what is well. */
import { mkdir } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { KubernetesObject } from '@kubernetes/client-node';
import { differences } from '../../bench/expectation.ts';
import type { Manifest } from '../../src/lab/scenario/manifest.ts';
import { realCluster, type RealCluster } from './cluster.ts';
import { diagnose } from './kprobe.ts';
import { halfDead, workloads } from './ways/backends.ts';
import { hostOf, routeOf, SPACE, WAYS, type Way } from './ways/routes.ts';
import { PASSAGES, type Passage } from './ways/table.ts';

/** A folder for the recordings of all passages; not set: none is kept. */
const SAVE = process.env['KPROBE_E2E_SAVE'];

/** Where nothing can be pulled, the image of the workloads is there for the probes as well. */
const IMAGE = process.env['KPROBE_E2E_IMAGE'];

let cluster: RealCluster;
let hasContour = false;
let applied: (Manifest | KubernetesObject)[] = [];

beforeAll(async () => {
  cluster = await realCluster();
  hasContour = (await cluster.groups()).has('projectcontour.io');
  if (SAVE !== undefined) await mkdir(SAVE, { recursive: true });
  const routes = PASSAGES.flatMap((passage) =>
    WAYS.filter((way) => isHere(way, passage)).map((way) => of(passage, way)),
  );
  applied = [...workloads(), ...routes];
  await cluster.apply(applied);
  await cluster.rolledOut([SPACE]);
  const living = (await cluster.pods(SPACE, { app: 'web' }))[0]?.status?.podIP ?? '';
  // The next but last of the node's range: nobody has got so far.
  const dead = living.replace(/\d+$/, '253');
  await cluster.apply([halfDead({ living, dead })]);
});

afterAll(async () => {
  await cluster.remove(applied);
});

function isHere(way: Way, { expect: expected }: Passage): boolean {
  return expected[way] !== undefined && (way === 'nginx' ? cluster.ingress === 'host' : hasContour);
}

function of({ name, service, detour }: Passage, way: Way): Manifest {
  return routeOf({ name, way, service, detour: detour ?? null });
}

describe.for(WAYS)('through %s', (way) => {
  test.for(PASSAGES.filter((passage) => passage.expect[way] !== undefined))('$name', async (passage, { skip }) => {
    if (!isHere(way, passage)) skip(`this cluster has no ${way}`);
    const { name, path = '/' } = passage;
    const expected = passage.expect[way];
    const file = `${SAVE}/${name}-${way.toLowerCase()}.json`;
    const target = `http://${hostOf({ name, way })}${path}`;
    const { verdict, stderr } = await diagnose([
      target,
      ...(SAVE === undefined ? [] : ['--save', file]),
      ...(IMAGE === undefined ? [] : ['--image', IMAGE]),
    ]);
    if (verdict === null || expected === undefined) throw new Error(`no verdict: ${stderr}`);
    const said = verdict.findings.map(({ diagnosis, certainty, title }) => `${diagnosis} (${certainty}): ${title}`);
    process.stderr.write(`ways: ${name} by ${way}: ${verdict.status} ${said.join('; ')}\n`);
    const open = verdict.notMeasured.map(({ what, because }) => `${what}: ${because}`);
    const wrong = differences(expected, verdict);
    expect(wrong.length === 0 ? [] : [...wrong, verdict.summary, ...said, ...open]).toEqual([]);
  });
});
