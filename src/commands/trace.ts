/** `kprobe trace FROM TO:PORT`: one flow by hand, through the rules of the nodes that it crosses. */
import type { FlowTrace } from '../model/flow-trace.ts';
import { type Flags, traceOptions } from '../options.ts';
import { FLOW_OUTPUTS, flowRenderers } from '../render/flow/render.ts';
import { pageOptions } from '../terminal/screen.ts';
import { choice } from './choice.ts';
import { type Command, EXIT, type Session, write } from './command.ts';
import { clusterFlags } from './flags.ts';
import { imageFlags, pullChoice } from './image-flags.ts';
import { measuring } from './measuring.ts';

const FACTS = [
  'A pod with CAP_NET_ADMIN stands on each node that the flow crosses, tags only packets of this run and changes no rule of others: right and image are those of diagnose --trace-rules (kprobe install --trace-rules; docs/trace-rules.md).',
  'Packets have the identity of FROM: they start on the network of a node, or from a twin of the pod, on its node.',
  'Exit codes: 0 answered and no rule stops it, 1 stopped or refused, 2 could not run, 3 inconclusive.',
].join('\n\n');

export const trace: Command = {
  usage: 'trace <from> <to>',
  summary: 'Follow one flow through the rules of the nodes that it crosses: hook, chain, rule, object',
  positionals: {
    from: {
      type: 'string',
      describe:
        'A node, NAMESPACE/NAME of a pod or workload, pod/NAME, deploy/NAME and the like, or a label of pods (app=web)',
    },
    to: {
      type: 'string',
      describe:
        'svc/NAME:PORT, pod/NAME:PORT, deploy/NAME:PORT (one of its pods), node/NAME:PORT, NAMESPACE/POD:PORT, a host or an address with its port',
    },
  },
  flags: {
    namespace: { alias: 'n', type: 'string', requiresArg: true, describe: 'Where names without one are' },
    udp: {
      type: 'boolean',
      describe: 'UDP; port 53 is asked a question. Else as the port of the Service says, or TCP',
    },
    ...clusterFlags,
    timeout: { type: 'string', requiresArg: true, default: '45s', describe: 'For the whole run: 30s, 2m' },
    ...imageFlags,
    output: { alias: 'o', type: 'string', requiresArg: true, default: 'terminal', describe: 'terminal or json' },
    verbose: { alias: 'v', type: 'boolean', describe: 'Also chains that had nothing to say, and the way of answers' },
    quiet: { alias: 'q', type: 'boolean', describe: 'No progress on stderr' },
  },
  examples: [
    [
      'kprobe trace worker-1 10.244.2.7:8080 --image REGISTRY/kprobe:trace',
      'Which rule between this node and that pod?',
    ],
    ['kprobe trace shop/checkout svc/web:80 -n shop', 'What checkout meets on its way to web'],
    ['kprobe trace pod/checkout-0 deploy/web:8080 -n shop', 'From one pod to one pod of a Deployment'],
    ['kprobe trace app=checkout pod/web-0:8080 -n shop', 'From the first pod with a label'],
    ['kprobe trace worker-1 svc/kube-dns:53 --udp -n kube-system', 'A DNS question, from the network of a node'],
    ['kprobe trace shop/checkout api.example.com:443 -o json', 'Out of the cluster; for a script'],
  ],
  epilogue: FACTS,
  endsOnSignal: true,
  async run(flags, session) {
    const output = choice(flags, 'output', FLOW_OUTPUTS) ?? 'terminal';
    const report = await follow(flags, session);
    const page = { ...pageOptions(session.stdout, session.env), verbose: flags['verbose'] === true };
    await write(session.stdout, flowRenderers[output](report, page));
    return EXIT[report.status];
  },
};

async function follow(flags: Flags, session: Session): Promise<FlowTrace> {
  const { quiet, verbose: _verbose, ...asked } = traceOptions(flags);
  const request = { ...asked, pull: pullChoice(flags) };
  return measuring(quiet, session, (watched) => session.stages.trace({ ...request, ...watched }));
}
