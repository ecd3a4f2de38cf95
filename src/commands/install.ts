/** `kprobe install`: namespaces, the least rights and a scheduled sweep, made or shown. */
import type { Step } from '../install/apply.ts';
import type { InstallSettings, Subject } from '../install/manifests.ts';
import { UserError } from '../model/user-error.ts';
import { checkName, checkNamespace, type Flags } from '../options.ts';
import { choice, values } from './choice.ts';
import { type Command, EXIT, remark, type Session, write } from './command.ts';
import { connectionFlags, withCluster } from './connection.ts';
import { type ScheduledSweep, scheduledSweep, sweepInstallFlags } from './sweep-install.ts';

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
    inside: { type: 'boolean', describe: 'With --twins: also containers in the pods there, for diagnose --inside' },
    'trace-rules': {
      type: 'boolean',
      describe: 'Also tracers, with CAP_NET_ADMIN on nodes, for diagnose --trace-rules',
    },
    configmap: { ...many, describe: 'Further ConfigMaps to read: settings of an ingress under a name of its own' },
    'no-host': { type: 'boolean', describe: 'No privileged namespace for probes on the host network' },
    'dry-run': { type: 'boolean', describe: 'Print the manifests; no cluster is asked' },
    output: { alias: 'o', type: 'string', requiresArg: true, describe: 'Of --dry-run: yaml or json' },
    ...sweepInstallFlags,
    ...connectionFlags,
  },
  examples: [
    ['kprobe install --user jane', 'Jane may diagnose, and no more'],
    ['kprobe install --group sre --twins shop checkout', 'Also as what the pods of shop and checkout are'],
    ['kprobe install --group sre --trace-rules', 'Also to name the rule of a node that drops a packet'],
    ['kprobe install --dry-run -o yaml | kubectl apply -f -', 'For who wants to read first, or keeps it in git'],
    [
      'kprobe install --schedule "*/10 * * * *" -f sweep.yaml --image REGISTRY/kprobe',
      'Sweep every ten minutes, in the cluster; kprobe doctor tells how it goes',
    ],
  ],
  epilogue: 'May be repeated: what is there stays, what differs is set right. kprobe uninstall removes it all.',
  endsOnSignal: false,
  async run(flags, session) {
    const sweep = await scheduledSweep(flags, new Date());
    const settings = installSettings(flags, sweep);
    for (const each of sweep?.remarks ?? []) await remark(session.stderr, `kprobe: ${each}\n`);
    const output = choice(flags, 'output', ['yaml', 'json']);
    if (flags['dry-run'] === true) return show(settings, output ?? 'yaml', session);
    if (output !== null) throw new UserError(`-o ${output} belongs to --dry-run`, { hint: 'add --dry-run' });
    return withCluster(flags, session, async (client) => {
      const [{ applyManifests }, { installManifests }, { hasSweep, missingSecrets }] = await parts();
      // A sweep that is there already must not lose its rights to those who get some now.
      const whole = named({ ...settings, hasSweep: settings.hasSweep || (await hasSweep(client)) }, client.context);
      let isDone = true;
      for await (const step of applyManifests(client, installManifests(whole))) {
        isDone &&= step.outcome !== 'failed';
        await say(step, session);
      }
      if (settings.sweep !== null)
        for (const each of await missingSecrets(client, settings.sweep))
          await remark(session.stderr, `kprobe: ${each}\n`);
      return isDone ? EXIT.healthy : EXIT.couldNotRun;
    });
  },
};

/** A sweep calls its cluster what it is called here, unless it was given a name. */
function named(settings: InstallSettings, context: string): InstallSettings {
  const { sweep } = settings;
  return sweep === null ? settings : { ...settings, sweep: { ...sweep, clusterName: sweep.clusterName ?? context } };
}

const parts = () =>
  Promise.all([import('../install/apply.ts'), import('../install/manifests.ts'), import('../install/sweep-there.ts')]);

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
function installSettings(flags: Flags, sweep: ScheduledSweep | null): InstallSettings {
  const twins = values(flags, 'twins');
  for (const namespace of twins) checkNamespace(namespace, '--twins');
  const inside = flags['inside'] === true;
  if (inside && twins.length === 0) {
    throw new UserError('--inside needs to know in which namespaces', { hint: 'add --twins NAMESPACE' });
  }
  const configMaps = values(flags, 'configmap');
  for (const name of configMaps) checkName(name, '--configmap');
  const subjects: Subject[] = [
    ...values(flags, 'user').map((name): Subject => ({ kind: 'User', name })),
    ...values(flags, 'group').map((name): Subject => ({ kind: 'Group', name })),
    ...values(flags, 'service-account').map(account),
  ];
  const hostVantages = flags['no-host'] !== true;
  const traceRules = flags['trace-rules'] === true;
  if (traceRules && !hostVantages) {
    throw new UserError('--trace-rules needs the privileged namespace', { hint: 'leave out --no-host' });
  }
  return {
    hostVantages,
    twins,
    inside,
    traceRules,
    configMaps,
    subjects,
    hasSweep: sweep !== null,
    sweep: sweep?.installation ?? null,
    events: sweep?.events ?? false,
  };
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
