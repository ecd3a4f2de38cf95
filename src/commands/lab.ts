/** `kprobe lab`: the miniature cluster. */
import { UserError } from '../model/user-error.ts';
import type { Command } from './command.ts';

export const lab: Command = {
  usage: 'lab <action> [scenario]',
  summary: 'A miniature cluster on this machine, broken on purpose',
  positionals: {
    action: { type: 'string', describe: 'list, run or up' },
    scenario: { type: 'string', describe: 'Name of a scenario, see lab list' },
  },
  flags: {},
  examples: [
    ['kprobe lab list', 'The scenarios, and what is broken in each'],
    ['kprobe lab run lost-syn', 'Build it, diagnose it, tear it down'],
    ['kprobe lab run lost-syn -- kubectl get pods -A', 'Run any command against it'],
    ['kprobe lab up', 'A healthy cluster until Ctrl-C'],
  ],
  epilogue: 'Needs Linux with user namespaces, nftables, nginx and iproute2; not root.',
  endsOnSignal: true,
  async run(flags) {
    throw new UserError(`lab ${String(flags['action'])} is not there yet`);
  },
};
