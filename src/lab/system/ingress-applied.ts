/** Waits until every ingress pod serves the configuration that was written last. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { atPort } from '../network/address-plan.ts';
import { inNetns } from '../run-script.ts';

/** Asks one nginx again and again; runs here, or as a program in the network where its address means something. */
async function ask(url: string, wanted: string, limitMs: number): Promise<void> {
  const end = performance.now() + limitMs;
  while (performance.now() < end) {
    const got = await fetch(url, { signal: AbortSignal.timeout(500) }).then(
      (answer) => answer.text(),
      () => '',
    );
    if (got === wanted) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

export interface IngressPlace {
  readonly netns: string;
  readonly address: string;
  /** Whether its address is one of a node, which the lab itself reaches. */
  readonly isHost: boolean;
  /** Of the configuration that it shall have. */
  readonly generation: string;
}

/** Resolves when all of them do, or when the time is over: an ingress may be broken by intent. */
export async function ingressApplied(places: readonly IngressPlace[], limitMs: number): Promise<void> {
  await Promise.all(
    places.map(async ({ netns, address, isHost, generation }) => {
      const url = `http://${atPort(address, 10254)}/generation`;
      if (isHost) return ask(url, generation, limitMs);
      const program = `await (${ask.toString()})(...${JSON.stringify([url, generation, limitMs])});`;
      const [command, ...args] = inNetns(netns, process.execPath, '--input-type=module', '-e', program);
      await once(spawn(command, args, { stdio: 'ignore' }), 'close');
    }),
  );
}
