/** `kprobe doctor`: what a run will need, looked at before it needs it. */
import { randomBytes } from 'node:crypto';
import { checkNamespace, image, text } from '../options.ts';
import { pageOptions } from '../terminal/screen.ts';
import { choice } from './choice.ts';
import { type Command, EXIT, write } from './command.ts';
import { connectionFlags, withCluster } from './connection.ts';
import { imageFlags, pullChoice } from './image-flags.ts';

/** What a node may take to pull an image of 80 MB and start it. */
const TRIAL_MS = 45_000;

export const doctor: Command = {
  usage: 'doctor',
  summary: 'Check rights, namespaces, admission and clock, with what to do about each',
  positionals: {},
  flags: {
    namespace: { alias: 'n', type: 'string', requiresArg: true, describe: 'Also: may twins stand in this namespace?' },
    ...imageFlags,
    'image-check': {
      type: 'boolean',
      describe: 'Start one probe pod, to see that its image can be had (with --trace-rules: and a tracer)',
    },
    'no-host': { type: 'boolean', describe: 'Leave out what only probes on the host network need' },
    'trace-rules': { type: 'boolean', describe: 'Also what diagnose --trace-rules needs' },
    output: { alias: 'o', type: 'string', requiresArg: true, default: 'terminal', describe: 'terminal or json' },
    verbose: { alias: 'v', type: 'boolean', describe: 'Every right on a line of its own, with why' },
    ...connectionFlags,
  },
  examples: [
    ['kprobe doctor', 'Before the first incident'],
    ['kprobe doctor -n shop --image-check', 'May twins stand in shop? Does a probe really start?'],
    ['kubectl create token kprobe -n kprobe', 'A token of the service account that kprobe install makes'],
  ],
  epilogue: 'Exit codes: 0 all there, 1 something is missing, 2 could not run, 3 not everything could be looked at.',
  endsOnSignal: false,
  async run(flags, session) {
    const output = choice(flags, 'output', ['terminal', 'json']) ?? 'terminal';
    const twins = text(flags, 'namespace');
    if (twins !== null) checkNamespace(twins, '--namespace');
    const [asked, pull] = [image(text(flags, 'image')), pullChoice(flags)];
    const examination = await withCluster(flags, session, async (client, signal) => {
      const [{ examine }, { DEFAULT_IMAGE }, { bundleAgent }] = await Promise.all([
        import('../doctor/examine.ts'),
        import('../place/default-image.ts'),
        import('../place/bundle.ts'),
      ]);
      const isTrial = flags['image-check'] === true;
      const run = randomBytes(4).toString('hex');
      return examine({
        client,
        twins,
        hostVantages: flags['no-host'] !== true,
        traceRules: flags['trace-rules'] === true,
        image: asked ?? DEFAULT_IMAGE,
        pull,
        trial: isTrial ? { run, bundle: await bundleAgent(), timeoutMs: TRIAL_MS } : null,
        now: Date.now,
        signal,
      });
    });
    const { renderExamination } = await import('../doctor/page.ts');
    const page = { ...pageOptions(session.stdout, session.env), verbose: flags['verbose'] === true };
    const rendered =
      output === 'json' ? `${JSON.stringify(examination, null, 2)}\n` : renderExamination(examination, page);
    await write(session.stdout, rendered);
    return EXIT[examination.status];
  },
};
