/** `kprobe install`: namespaces and the least rights, made or shown. */
import type { Step } from '../install/apply.ts';
import type { InstallSettings, Subject } from '../install/manifests.ts';
import { UserError } from '../model/user-error.ts';
import { checkName, checkNamespace, type Flags } from '../options.ts';
import { choice, values } from './choice.ts';
import { type Command, EXIT, remark, type Session, write } from './command.ts';
import { connectionFlags, withCluster } from './connection.ts';

const many = { type: 'string', array: true, requiresArg: true } as const;

export const install: Command = {
  usage: 'install',
  summary: "Make kprobe's namespaces and give somebody the rights to use it",
  positionals: {},
  flags: {
    user: { ...many, describe: 'Give the rights to this user' },
    group: { ...many, describe: 'Give the rights to this group' },
    'service-account': {
      ...many,
      describe: 'Give the rights to NAMESPACE/NAME; without any of the three: kprobe/kprobe',
    },
    twins: { ...many, describe: 'Namespaces in which probes may take the identity of pods' },
    configmap: { ...many, describe: 'Further ConfigMaps to read: settings of an ingress under a name of its own' },
    'no-host': { type: 'boolean', describe: 'No privileged namespace for probes on the host network' },
    'dry-run': { type: 'boolean', describe: 'Print the manifests; no cluster is asked' },
    output: { alias: 'o', type: 'string', requiresArg: true, describe: 'Of --dry-run: yaml or json' },
    ...connectionFlags,
  },
  examples: [
    ['kprobe install --user jane', 'Jane may diagnose, and no more'],
    ['kprobe install --group sre --twins shop checkout', 'Also as what the pods of shop and checkout are'],
    ['kprobe install --dry-run -o yaml | kubectl apply -f -', 'For who wants to read first, or keeps it in git'],
  ],
  epilogue: 'May be repeated: what is there stays, what differs is set right. kprobe uninstall removes it all.',
  endsOnSignal: false,
  async run(flags, session) {
    const settings = installSettings(flags);
    const output = choice(flags, 'output', ['yaml', 'json']);
    if (flags['dry-run'] === true) return show(settings, output ?? 'yaml', session);
    if (output !== null) throw new UserError(`-o ${output} belongs to --dry-run`, { hint: 'add --dry-run' });
    return withCluster(flags, session, async (client) => {
      const [{ applyManifests }, { installManifests }] = await parts();
      let isDone = true;
      for await (const step of applyManifests(client, installManifests(settings))) {
        isDone &&= step.outcome !== 'failed';
        await say(step, session);
      }
      return isDone ? EXIT.healthy : EXIT.couldNotRun;
    });
  },
};

const parts = () => Promise.all([import('../install/apply.ts'), import('../install/manifests.ts')]);

async function show(settings: InstallSettings, output: 'yaml' | 'json', session: Session): Promise<number> {
  const { installManifests, manifestsYaml } = await import('../install/manifests.ts');
  const manifests = installManifests(settings);
  const items = { apiVersion: 'v1', kind: 'List', items: manifests.map(({ object }) => object) };
  await write(session.stdout, output === 'yaml' ? manifestsYaml(manifests) : `${JSON.stringify(items, null, 2)}\n`);
  return EXIT.healthy;
}

async function say({ what, outcome, because }: Step, session: Session): Promise<void> {
  const [{ sayInstalled }, { cleanLine }] = await Promise.all([
    import('../install/kinds.ts'),
    import('../render/clean.ts'),
  ]);
  const name = sayInstalled(what);
  if (because === null) await write(session.stdout, `${outcome.padEnd('unchanged'.length)}  ${name}\n`);
  else await remark(session.stderr, `${cleanLine(`kprobe: ${name}: ${because}`)}\n`);
}

/** Throws UserError. */
function installSettings(flags: Flags): InstallSettings {
  const twins = values(flags, 'twins');
  for (const namespace of twins) checkNamespace(namespace, '--twins');
  const configMaps = values(flags, 'configmap');
  for (const name of configMaps) checkName(name, '--configmap');
  const subjects: Subject[] = [
    ...values(flags, 'user').map((name): Subject => ({ kind: 'User', name })),
    ...values(flags, 'group').map((name): Subject => ({ kind: 'Group', name })),
    ...values(flags, 'service-account').map(account),
  ];
  return { hostVantages: flags['no-host'] !== true, twins, configMaps, subjects };
}

function account(value: string): Subject {
  const [namespace = '', name = '', ...rest] = value.split('/');
  if (name === '' || rest.length > 0) {
    throw new UserError(`--service-account ${value} is not NAMESPACE/NAME`, { hint: 'for example kprobe/kprobe' });
  }
  checkNamespace(namespace, '--service-account');
  checkName(name, '--service-account');
  return { kind: 'ServiceAccount', namespace, name };
}
