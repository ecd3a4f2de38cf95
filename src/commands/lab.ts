/** `kprobe lab`: the miniature cluster. */
import { nearestNames } from '../model/nearest.ts';
import { UserError } from '../model/user-error.ts';
import type { Flags } from '../options.ts';
import { cleanLine } from '../render/clean.ts';
import { openPage, pad } from '../render/page.ts';
import { pageOptions } from '../terminal/screen.ts';
import { type Command, EXIT, remark, type Session, write } from './command.ts';

/** The scenario that `lab up` builds where none is named. */
const HEALTHY = 'healthy-shop';

type Action = (flags: Flags, session: Session) => Promise<number>;

export const lab: Command = {
  usage: 'lab <action> [scenario]',
  summary: 'A miniature cluster on this machine, broken on purpose',
  positionals: {
    action: { type: 'string', describe: 'list, run or up' },
    scenario: { type: 'string', describe: 'A name from lab list, or a folder with scenario.yaml and manifests.yaml' },
  },
  flags: {
    ingress: {
      type: 'string',
      requiresArg: true,
      describe: 'The program at its ingress: nginx, haproxy (haproxy-ingress) or envoy (Contour and a Gateway)',
    },
    families: {
      type: 'string',
      requiresArg: true,
      describe: 'Address families of the cluster instead of those of the scenario: IPv6, or IPv4,IPv6',
    },
  },
  examples: [
    ['kprobe lab list', 'The scenarios, and what is broken in each'],
    ['kprobe lab run lost-syn', 'Build it, diagnose it, tear it down'],
    ['kprobe lab run lost-syn -- kubectl get pods -A', 'Run any command against it'],
    ['kprobe lab run dead-endpoint --ingress envoy', 'The same through Envoy, with a Gateway and HTTPRoutes'],
    ['kprobe lab run dead-endpoint --families IPv6', 'The same in a cluster of IPv6 alone'],
    ['kprobe lab up', 'A healthy cluster until Ctrl-C'],
  ],
  epilogue: 'Needs Linux with user namespaces, nftables, nginx and iproute2; not root.',
  endsOnSignal: true,
  async run(flags, session) {
    const name = typeof flags['action'] === 'string' ? flags['action'] : '';
    const action = actions.get(name);
    if (action !== undefined) return action(flags, session);
    const [nearest] = nearestNames(name, actions.keys());
    const hint = nearest === undefined ? 'it is list, run or up' : `did you mean kprobe lab ${nearest}?`;
    throw new UserError(`There is no action "${name}" of the lab`, { hint });
  },
};

const actions: ReadonlyMap<string, Action> = new Map([
  ['list', list],
  ['run', run],
  ['up', up],
]);

async function list(_flags: Flags, session: Session): Promise<number> {
  const { listScenarios, loadScenario } = await import('../lab/scenario/load-scenario.ts');
  const loaded = await Promise.all((await listScenarios()).map((id) => loadScenario(id)));
  const page = openPage(pageOptions(session.stdout, session.env));
  const width = Math.max(0, ...loaded.map(({ id }) => id.length));
  const lines = loaded.map(({ id, scenario }) => `${page.paint.cyan(pad(id, width))}  ${page.text(scenario.title)}\n`);
  await write(session.stdout, lines.join(''));
  return EXIT.healthy;
}

/** Exit code of the command; without a command, of the diagnosis that the scenario asks for. */
async function run(flags: Flags, session: Session): Promise<number> {
  const scenario = flags['scenario'];
  if (typeof scenario !== 'string' || scenario === '') {
    throw new UserError('SCENARIO is missing', { hint: 'kprobe lab list shows what there is' });
  }
  const after = flags['--'];
  const command = Array.isArray(after) ? after.map(String) : [];
  const { runScenario } = await import('../lab/run.ts');
  const name = await through(scenario, flags);
  return runScenario({ scenario: name, families: familiesOf(flags), command, say: toStderr(session) });
}

async function up(flags: Flags, session: Session): Promise<number> {
  const { scenario } = flags;
  const { keepUp } = await import('../lab/run.ts');
  const name = await through(typeof scenario === 'string' ? scenario : HEALTHY, flags);
  return keepUp({ scenario: name, families: familiesOf(flags), say: toStderr(session) });
}

function familiesOf({ families }: Flags): string | null {
  return typeof families === 'string' ? families : null;
}

/** The scenario's name, with the program that `--ingress` asks for. */
async function through(scenario: string, flags: Flags): Promise<string> {
  const asked = flags['ingress'];
  if (typeof asked !== 'string') return scenario;
  const { INGRESS_PROGRAMS } = await import('../lab/system/ingress-program.ts');
  const { named } = await import('../lab/scenario/load-scenario.ts');
  const program = INGRESS_PROGRAMS.find((each) => each === asked);
  if (program !== undefined) return named(scenario, program);
  const [nearest] = nearestNames(asked, INGRESS_PROGRAMS);
  throw new UserError(`There is no ingress program "${asked}" in the lab`, {
    hint: nearest === undefined ? `it is ${INGRESS_PROGRAMS.join(', ')}` : `did you mean --ingress ${nearest}?`,
  });
}

function toStderr({ stderr }: Session): (line: string) => void {
  return (line) => void remark(stderr, `${cleanLine(line)}\n`);
}
