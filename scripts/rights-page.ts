import {
  CLUSTER_RIGHTS,
  EVENT_RIGHTS,
  INSIDE_RIGHTS,
  LINT_RIGHTS,
  PROBE_RIGHTS,
  type Right,
  TRACE_RIGHTS,
} from '../src/install/rights.ts';

/** `docs/rights.md`: right → why, made of the table that the roles are made of. */
export function rightsPage(): string {
  return [
    '# Rights',
    '',
    'Made from `src/install/rights.ts` by `npm run docs`; change it there. `kprobe install` grants exactly these,',
    '`kprobe doctor` asks for each of them, and a test holds them against what a run asks of the API.',
    '',
    '## In the whole cluster, to read (ClusterRole `kprobe`)',
    '',
    ...table([...CLUSTER_RIGHTS, ...LINT_RIGHTS]),
    '',
    '## In `kprobe` and `kprobe-host`, and where `--twins` allows it (Role `kprobe`)',
    '',
    ...table(PROBE_RIGHTS),
    '',
    '## Where `--twins` and `--inside` allow it together (Role `kprobe`)',
    '',
    ...table(INSIDE_RIGHTS),
    '',
    '## In `kprobe-host`, where `--trace-rules` allows it (Role `kprobe`)',
    '',
    ...table(TRACE_RIGHTS),
    '',
    'Nothing of that kind exists: the ValidatingAdmissionPolicy of `kprobe-host` asks for this right where a pod there wants CAP_NET_ADMIN,',
    'and admits no other pod with it than the tracer of [--trace-rules](trace-rules.md). Who has it may change the packet filters of nodes.',
    '',
    '## For a scheduled sweep whose file asks for Events (ClusterRole `kprobe-sweep`)',
    '',
    ...table(EVENT_RIGHTS),
    '',
    'In the whole cluster, since the namespace of an object is known only when its host is looked up; for the service account of the',
    'sweep, and for nobody else.',
    '',
    'No exec, and nothing else is written outside these namespaces. Beyond this kprobe uses only what Kubernetes allows every authenticated',
    'user: the version, the list of API groups, and reviews of its own rights and name.',
    '',
    '## What these rights are worth to somebody else',
    '',
    'Whoever may create pods in a namespace can use the Secrets and service accounts in it (kubernetes.io, "Role Based Access',
    'Control Good Practices"). `kprobe` holds the account of scheduled sweeps, which may hardly more than who may create pods there,',
    'and what Secrets you make there for its webhook; `--twins` gives this deliberately, one namespace at a time. `--inside` adds more:',
    'what is put into a pod reaches what the pod reaches, and may share its processes. `kprobe-host`',
    'admits privileged pods, and so its right to create them would be root on every node: a ValidatingAdmissionPolicy that',
    '`kprobe install` makes there admits the host network and nothing else that is privileged, but for tracers. On clusters older than 1.30,',
    'which have no such policies, `--no-host` avoids it.',
    '',
  ].join('\n');
}

/** The README with its table of rights as they are today: right → why. */
export function withRights(readme: string): string {
  const row = (where: string) => (right: Right) => `| ${where} | ${say(right)} | ${right.why} |`;
  const rows = [
    ...[...CLUSTER_RIGHTS, ...LINT_RIGHTS].map(row('cluster')),
    ...PROBE_RIGHTS.map(row("kprobe's namespaces")),
  ];
  const text = ['| where | right | why |', '|---|---|---|', ...rows].join('\n');
  return readme.replace(/(?<=<!-- rights -->\n)[\s\S]*?(?=\n<!-- \/rights -->)/, text);
}

function table(rights: readonly Right[]): string[] {
  return [
    '| right | why | without it |',
    '|---|---|---|',
    ...rights.map((right) => `| ${say(right)} | ${right.why} | ${right.without} |`),
  ];
}

function say({ verbs, group, resource, names }: Right): string {
  const right = `${verbs.join(', ')} \`${resource}${group === '' ? '' : `.${group}`}\``;
  return names === undefined ? right : `${right}: only ${names.map((name) => `\`${name}\``).join(', ')}`;
}
