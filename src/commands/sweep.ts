/** `kprobe sweep`: many targets at once, and what has changed since the last time. */
import type { Recording } from '../model/recording.ts';
import type { SweepReport } from '../model/sweep.ts';
import { type OutputOptions, outputOptions, text } from '../options.ts';
import { jsonPieces } from '../render/json.ts';
import { sweepRenderers } from '../render/sweep/render.ts';
import type { Swept } from '../sweep.ts';
import { remember } from '../sweep/remember.ts';
import { pageOptions } from '../terminal/screen.ts';
import { choice } from './choice.ts';
import { type Command, EXIT, type Session, write } from './command.ts';
import { tellLimitations } from './connection.ts';
import { clusterFlags, EXIT_CODES, outputFlags } from './flags.ts';
import { htmlOptions, refuseScreen } from './html.ts';
import { imageFlags } from './image-flags.ts';
import { sweepAsked } from './sweep-asked.ts';
import { historyChoice, openSweepHistory } from './sweep-history.ts';
import { draft } from './sweep-init.ts';
import { measureSweep } from './sweep-measure.ts';
import { folderFor, saveRecordings } from './sweep-save.ts';
import { publishReport } from './sweep-publish.ts';

export const sweep: Command = {
  usage: 'sweep [targets..]',
  summary: 'Look at many targets, and say what is new, worse or gone since the last sweep',
  positionals: {
    targets: { type: 'string', array: true, describe: 'As diagnose takes them; or name a file with -f' },
  },
  flags: {
    file: {
      alias: 'f',
      type: 'string',
      requiresArg: true,
      describe: 'Targets, expectations and budget, as YAML; - for stdin',
    },
    init: { type: 'boolean', describe: 'Print such a file, made from the Ingresses and Services of the cluster' },
    since: { type: 'string', requiresArg: true, describe: 'last: show only what has changed' },
    history: { type: 'string', requiresArg: true, describe: 'FILE to compare with and to keep results in; or none' },
    namespace: {
      alias: 'n',
      type: 'string',
      requiresArg: true,
      describe: 'Where svc/NAME, deploy/NAME and the like are',
    },
    from: {
      type: 'string',
      requiresArg: true,
      describe: 'NAMESPACE/WORKLOAD, deploy/NAME or pod/NAME: what does this client see?',
    },
    'slow-after': { type: 'string', requiresArg: true, describe: 'From here on an answer counts as slow [500ms]' },
    ...clusterFlags,
    timeout: { type: 'string', requiresArg: true, describe: 'For the whole sweep [budget.timeout, 5m]' },
    ...imageFlags,
    'no-host': { type: 'boolean', describe: 'Place no probe pods on the host network' },
    save: { type: 'string', requiresArg: true, describe: 'Keep what was measured in DIR, a file for each target' },
    'exit-zero': { type: 'boolean', describe: 'Exit code 0 whatever was found, where anything could be measured' },
    ...outputFlags,
    quiet: { alias: 'q', type: 'boolean', describe: 'No progress on stderr' },
  },
  examples: [
    ['kprobe sweep --init > sweep.yaml', 'A file of all that this cluster serves'],
    ['kprobe sweep -f sweep.yaml', 'Everything, and what is new since the last time'],
    ['kprobe sweep -f sweep.yaml --since last -o markdown', 'Only what has changed, for the incident channel'],
    ['kprobe sweep shop.example.com svc/web -n shop', 'Two targets, without a file'],
    ['kprobe sweep -f sweep.yaml --history none -o json', 'For a script, compared with nothing'],
  ],
  epilogue: EXIT_CODES,
  endsOnSignal: true,
  async run(flags, session) {
    if (flags['init'] === true) return draft(flags, session);
    const options = outputOptions(flags);
    refuseScreen(options.output, session.stdout, 'kprobe sweep -f sweep.yaml');
    const onlyChanges = choice(flags, 'since', ['last']) !== null;
    const asked = await sweepAsked({ flags, stdin: session.stdin });
    const folder = folderFor(text(flags, 'save'));
    const { history, limitations } = await openSweepHistory(historyChoice(flags, asked.file), session);
    try {
      const swept = await measureSweep(asked, { flags, quiet: options.quiet }, session);
      const isWhole = swept.report.run.ended !== 'interrupted';
      const kept = asked.file.keepRecordings ? notHealthy(swept) : new Map<string, Recording>();
      const compared = await remember({ report: swept.report, recordings: kept }, history);
      const report = { ...compared, notes: [...compared.notes, ...limitations] };
      await print(report, { ...options, onlyChanges, recordings: swept.recordings }, session);
      const unsaved = folder === null ? [] : await saveRecordings(folder, swept.recordings);
      const untold = isWhole ? await publishReport(report, asked.file.notify, { flags, session }) : [];
      await tellLimitations(session, [...unsaved, ...untold]);
      return flags['exit-zero'] === true && tookPlace(report) ? EXIT.healthy : EXIT[report.status];
    } finally {
      history?.close();
    }
  },
};

/** For a Job, that a target is faulty is a result; that nothing could be looked at is a failure. */
function tookPlace({ targets }: SweepReport): boolean {
  return targets.some(({ state }) => state !== 'unmeasured');
}

function notHealthy({ report, recordings }: Swept): Map<string, Recording> {
  const keys = new Set(report.targets.flatMap(({ key, state }) => (state === 'healthy' ? [] : [key])));
  return new Map([...recordings].filter(([key]) => keys.has(key)));
}

interface Printing extends OutputOptions {
  readonly onlyChanges: boolean;
  readonly recordings: ReadonlyMap<string, Recording>;
}

async function print(report: SweepReport, options: Printing, session: Session): Promise<void> {
  const { output, verbose, onlyChanges, recordings } = options;
  if (output === 'html') {
    const { renderSweepPage } = await import('../render/html/sweep-page.ts');
    return write(session.stdout, renderSweepPage({ report, recordings }, htmlOptions));
  }
  // The report of many targets is large: it is never whole in memory as text.
  if (output === 'json') return write(session.stdout, jsonPieces(report));
  const page = pageOptions(session.stdout, session.env);
  await write(session.stdout, sweepRenderers[output](report, { ...page, verbose, onlyChanges }));
}
