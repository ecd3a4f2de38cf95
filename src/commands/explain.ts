/** `kprobe explain FILE|-`: judge a saved recording, or name candidates for timings, on a machine without the cluster. */
import { outputOptions } from '../options.ts';
import { shellWord } from '../render/shell.ts';
import type { Command } from './command.ts';
import { EXIT_CODES, outputFlags } from './flags.ts';
import { refuseScreen } from './html.ts';
import { printTimings } from './print-timings.ts';
import { printVerdict } from './print.ts';

export const explain: Command = {
  usage: 'explain <file>',
  summary: 'Judge a recording saved earlier, or name candidates for somebody’s timings, without the cluster',
  positionals: {
    file: {
      type: 'string',
      describe:
        'What diagnose --save wrote, or timings: seconds, curl -w, ab, hey, k6, vegeta, wrk, oha, …; - for standard input',
    },
  },
  flags: outputFlags,
  examples: [
    ['kprobe explain run.json', 'The same verdict as on the day'],
    ['zcat run.json.gz | kprobe explain - -o markdown', 'For the incident channel'],
    ['kprobe explain run.json -o html > report.html', 'With timeline, histograms and samples, for the post-mortem'],
    ['ab -n 100 http://shop.example.com/ | kprobe explain -', 'Which timers could make these delays?'],
  ],
  epilogue: `${EXIT_CODES} Timings alone are always 3: they name candidates and prove nothing.`,
  endsOnSignal: false,
  async run(flags, session) {
    const options = outputOptions(flags);
    const { readExplainable } = await import('../explain.ts');
    const { file } = flags;
    const name = typeof file === 'string' ? file : '';
    refuseScreen(options.output, session.stdout, `kprobe explain ${shellWord(name)}`);
    const given = await readExplainable(name, session.stdin);
    if (given.kind === 'timings') return printTimings(given.timings, options, session);
    const { recording } = given;
    const again = recording.target.kind === 'nodes' ? 'kprobe matrix' : null;
    return printVerdict(await session.stages.judge(recording), { ...options, again, recording }, session);
  },
};
