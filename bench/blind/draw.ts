/** A draw: a cluster with random parameters, nothing, one or two things broken in it, and what is then true. From the seed alone. */
import type { Manifest } from '../../src/lab/scenario/manifest.ts';
import { Scenario } from '../../src/lab/scenario/scenario.ts';
import type { Break, Broken } from './break.ts';
import { Dice } from './dice.ts';
import { dnsBreaks } from './dns-breaks.ts';
import { networkBreaks } from './network-breaks.ts';
import { deployment, objectsOf, type Mistakes } from './objects.ts';
import { admitsClient, policyBreaks } from './policy-breaks.ts';
import { workloadBreaks } from './workload-breaks.ts';
import { drawWorld, question, type World } from './world.ts';

export const breaks: readonly Break[] = [...networkBreaks, ...workloadBreaks, ...dnsBreaks, ...policyBreaks];

/** One of the first findings that are true of a draw. */
export interface Truth {
  readonly accepts: readonly string[];
  /** One of them must be told by the finding's object or place; empty where any will do. */
  readonly names: readonly string[];
}

export interface Draw {
  readonly seed: number;
  readonly number: number;
  /** Names of what was broken; empty in a healthy draw. */
  readonly broken: readonly string[];
  readonly truths: readonly Truth[];
  readonly scenario: Scenario;
  readonly manifests: readonly Manifest[];
}

/** Of so many draws one is healthy. */
const HEALTHY_OF = 6;
/** Of so many broken draws one is broken twice. */
const TWICE_OF = 5;
/** So many worlds are tried for a break; more than any needs. */
const TRIES = 200;

export function drawOne(seed: number, number: number): Draw {
  const dice = new Dice(seed, number);
  return number % HEALTHY_OF === 0 ? drawHealthy(dice, seed, number) : drawBroken(dice, seed, number);
}

function drawBroken(dice: Dice, seed: number, number: number): Draw {
  const first = dice.pick(breaks);
  const isTwice = dice.isOneIn(TWICE_OF);
  for (let tried = 0; first !== undefined && tried < TRIES; tried += 1) {
    const world = drawWorld(dice);
    const one = first.forms.includes(world.form) ? first.draw(dice, world) : null;
    if (one === null) continue;
    const found = [{ kind: first, broken: one }];
    const second = isTwice ? beside(dice, world, first) : null;
    if (isTwice && second === null) continue;
    return build({ seed, number, world }, second === null ? found : [...found, second]);
  }
  throw new Error(`draw ${number} of seed ${seed}: no world has a place for ${first?.name}`);
}

interface Struck {
  readonly kind: Break;
  readonly broken: Broken;
}

/** Another break of another part, which changes no objects and no cluster, so that it leaves the first as it is. */
function beside(dice: Dice, world: World, first: Break): Struck | null {
  const others = breaks.filter((other) => other.part !== first.part && other.forms.includes(world.form));
  const kind = dice.pick(others);
  const broken = kind?.draw(dice, world) ?? null;
  if (kind === undefined || broken === null || broken.mistakes !== undefined || broken.world !== undefined) return null;
  return { kind, broken };
}

/** Nothing that is asked about is broken: nothing at all, right policies, loss at another workload, or a busy machine. */
function drawHealthy(dice: Dice, seed: number, number: number): Draw {
  const world = drawWorld(dice);
  const { namespace, nodes } = world;
  const other = { namespace, labels: { app: 'bystander' } };
  const [node = ''] = dice.some(nodes, 1);
  const listens = {
    name: 'bystander',
    image: 'docker.io/rig/tools:1',
    command: ['sh', '-c', 'mkdir /www; httpd -f -p 8080 -h /www'],
  };
  const bystander = deployment(namespace, 'bystander', [node], listens);
  const harmless: readonly Broken[] = [
    {},
    { faults: [{ kind: 'cpu-noise', processes: dice.int(1, 3) }] },
    { faults: [{ kind: 'drop-syn', to: other, share: dice.share(0.2, 1) }], mistakes: { beside: [bystander] } },
    ...(world.form === 'from' ? [{ mistakes: { beside: [admitsClient(world)] } }] : []),
  ];
  const broken = dice.pick(harmless) ?? {};
  return build({ seed, number, world }, [{ kind: null, broken }]);
}

function build(
  { seed, number, world: drawn }: { readonly seed: number; readonly number: number; readonly world: World },
  struck: readonly { readonly kind: Break | null; readonly broken: Broken }[],
): Draw {
  const world: World = { ...drawn, ...Object.assign({}, ...struck.map(({ broken }) => broken.world)) };
  const mistakes: Mistakes = Object.assign({}, ...struck.map(({ broken }) => broken.mistakes));
  const kinds = struck.flatMap(({ kind, broken }) => (kind === null ? [] : [{ kind, broken }]));
  const { nodes, synLinearTimeouts, profile, overlay, ingress, dnsReplicas } = world;
  const scenario = Scenario.parse({
    title: kinds.length === 0 ? 'Nothing is broken' : kinds.map(({ kind }) => kind.name).join(' and '),
    nodes: nodes.map((name) => ({ name, synLinearTimeouts })),
    profile,
    overlay,
    ingress,
    dnsReplicas,
    diagnose: question(world),
    faults: struck.flatMap(({ broken }) => broken.faults ?? []),
    expect: { status: kinds.length === 0 ? 'healthy' : 'faulty' },
  });
  return {
    seed,
    number,
    broken: kinds.map(({ kind }) => kind.name),
    truths: kinds.map(({ kind, broken }) => ({ accepts: broken.accepts ?? kind.accepts, names: broken.names ?? [] })),
    scenario,
    manifests: objectsOf(world, mistakes),
  };
}
