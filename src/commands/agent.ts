/** `kprobe agent`: run a probe by hand. */
import { UserError } from '../model/user-error.ts';
import type { Command } from './command.ts';

export const agent: Command = {
  usage: 'agent <assignment>',
  summary: 'Run the probe agent by hand',
  positionals: { assignment: { type: 'string', describe: 'Assignment as JSON: a file, or - for standard input' } },
  flags: {},
  examples: [],
  epilogue: '',
  endsOnSignal: true,
  async run() {
    throw new UserError('agent is not there yet');
  },
};
