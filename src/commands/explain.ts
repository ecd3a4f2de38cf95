/** `kprobe explain FILE|-`: judge a saved recording, on a machine without the cluster. */
import { outputOptions } from '../options.ts';
import { shellWord } from '../render/shell.ts';
import type { Command } from './command.ts';
import { EXIT_CODES, outputFlags } from './flags.ts';
import { refuseScreen } from './html.ts';
import { printVerdict } from './print.ts';

export const explain: Command = {
  usage: 'explain <file>',
  summary: 'Judge a recording saved earlier, without the cluster',
  positionals: {
    file: { type: 'string', describe: 'What diagnose --save wrote, also gzipped; - for standard input' },
  },
  flags: outputFlags,
  examples: [
    ['kprobe explain run.json', 'The same verdict as on the day'],
    ['zcat run.json.gz | kprobe explain - -o markdown', 'For the incident channel'],
    ['kprobe explain run.json -o html > report.html', 'With timeline, histograms and samples, for the post-mortem'],
  ],
  epilogue: EXIT_CODES,
  endsOnSignal: false,
  async run(flags, session) {
    const options = outputOptions(flags);
    const { readRecording } = await import('../explain.ts');
    const { file } = flags;
    const name = typeof file === 'string' ? file : '';
    refuseScreen(options.output, session.stdout, `kprobe explain ${shellWord(name)}`);
    const recording = await readRecording(name, session.stdin);
    const again = recording.target.kind === 'nodes' ? 'kprobe matrix' : null;
    return printVerdict(await session.stages.judge(recording), { ...options, again, recording }, session);
  },
};
