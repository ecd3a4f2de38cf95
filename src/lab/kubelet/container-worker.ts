/** Keeps one container of a pod as its restartPolicy says. */
import { join } from 'node:path';
import { recordEvent } from '../api/events.ts';
import { timestamp } from '../api/store.ts';
import type { KubeObject, Place } from '../model.ts';
import { startProcess, type ContainerProcess, type Exit } from './container-process.ts';
import { imageCommand } from './images.ts';
import { prepareLaunch } from './launch.ts';
import type { NodeContext } from './node-context.ts';
import { startProbes } from './probe-loop.ts';
import type { ContainerFacts, ContainerState, Terminated } from './pod-status.ts';
import type { Volumes } from './volumes.ts';

type Part = Record<string, any>;

/** First restart at once, then doubling from here to the limit; the real ladder of 10 s to 5 min would outlast the lab. */
const FIRST_BACKOFF_MS = 500;
const MAX_BACKOFF_MS = 10_000;

export interface ContainerOptions {
  readonly context: NodeContext;
  readonly container: Part;
  readonly kind: 'init' | 'main' | 'ephemeral';
  readonly volumes: Volumes;
  readonly folder: string;
  readonly place: Place;
  /** The pod as the API has it now. */
  readonly pod: () => KubeObject;
  readonly onChange: () => void;
}

/** Where a pod's spec has them. */
const LISTS = { init: 'initContainers', main: 'containers', ephemeral: 'ephemeralContainers' } as const;

/** From its first start to its last exit. */
export class ContainerWorker {
  readonly #options: ContainerOptions;
  #state: ContainerState = { waiting: { reason: 'ContainerCreating' } };
  #lastState: ContainerState | null = null;
  #restarts = 0;
  #runs = 0;
  #isReady = false;
  #isStarted = false;
  #isStopping = false;
  #isWedged = false;
  #process: ContainerProcess | null = null;
  #stopProbes: () => void = () => {};
  #wake: () => void = () => {};

  constructor(options: ContainerOptions) {
    this.#options = options;
  }

  facts(): ContainerFacts {
    const { name, image } = this.#options.container as { name: string; image: string };
    const shared = { name, image, state: this.#state, lastState: this.#lastState, restartCount: this.#restarts };
    return { ...shared, isReady: this.#isReady, isStarted: this.#isStarted };
  }

  /** Resolves when it has ended for good. */
  async run(): Promise<void> {
    for (let backoffMs = 0; !this.#isStopping; backoffMs = nextBackoff(backoffMs)) {
      if (backoffMs > 0) await this.#backOff(backoffMs);
      const process = await this.#start();
      if (process === null) return;
      const startedAt = this.#now();
      this.#process = process;
      this.#become({ running: { startedAt } });
      this.#event('Normal', 'Started', `Started container ${this.#name}`);
      this.#watch(process);
      const exit = await process.exited;
      this.#stopProbes();
      this.#process = null;
      if (this.#isWedged) return;
      this.#isReady = this.#options.kind === 'init' && exit.code === 0;
      this.#isStarted = false;
      const containerID = `kprobe-lab://${this.#options.pod().metadata.uid}/${this.#name}/${this.#restarts}`;
      const terminated = { ...terminatedBy(exit, startedAt, this.#now()), containerID };
      this.#become({ terminated });
      if (this.#isStopping || !this.#isToRestart(exit)) return;
      this.#lastState = { terminated };
      this.#restarts++;
    }
  }

  /** Something that it may have waited for has changed. */
  poke(): void {
    this.#wake();
  }

  /** SIGTERM, then SIGKILL after the grace. */
  async stop(graceMs: number): Promise<void> {
    this.#isStopping = true;
    this.#stopProbes();
    this.#wake();
    const process = this.#process;
    if (process === null) return;
    process.signal(graceMs > 0 ? 'SIGTERM' : 'SIGKILL');
    const kill = setTimeout(() => process.signal('SIGKILL'), graceMs);
    await process.exited;
    clearTimeout(kill);
  }

  /** Kills the process and leaves the last status standing, as a kubelet that lost touch would. */
  wedge(): void {
    this.#isWedged = true;
    this.#stopProbes();
    this.#process?.signal('SIGKILL');
  }

  pause(isPaused: boolean): void {
    this.#process?.signal(isPaused ? 'SIGSTOP' : 'SIGCONT');
  }

  get #name(): string {
    return this.#options.container['name'];
  }

  /** Prepares until nothing is missing; null when stopped meanwhile. */
  async #start(): Promise<ContainerProcess | null> {
    const { context, container, folder, pod, volumes, place } = this.#options;
    while (!this.#isStopping) {
      const image: string = this.#image();
      if (imageCommand(image) === null) {
        await this.#missImage(image);
        continue;
      }
      const root = join(folder, `${this.#name}-${this.#runs++}`);
      const log = context.logs.begin(pod().metadata.uid, this.#name);
      const launch = prepareLaunch({
        context,
        pod: pod(),
        container: { ...container, image },
        volumes,
        place,
        folder: root,
        log,
      });
      if (launch.ok) {
        if (launch.ignored.length > 0)
          this.#event('Warning', 'UserIgnored', `this machine maps no such id: ${launch.ignored.join(', ')}`);
        return this.#withInput(startProcess(launch.launch));
      }
      log.end();
      this.#event('Warning', 'Failed', `Error: ${launch.problem}`);
      await this.#waitFor({ reason: 'CreateContainerConfigError', message: launch.problem });
    }
    return null;
  }

  #withInput(process: ContainerProcess): ContainerProcess {
    const { context, container, pod } = this.#options;
    const { input: stream } = process;
    if (stream !== null)
      context.inputs.open(pod().metadata.uid, this.#name, { stream, isOnce: container['stdinOnce'] === true });
    return process;
  }

  /** The image may be changed while the pod lives. */
  #image(): string {
    const { pod, kind, container } = this.#options;
    const now = ((pod()['spec'][LISTS[kind]] ?? []) as Part[]).find(({ name }) => name === this.#name);
    return now?.['image'] ?? container['image'];
  }

  async #missImage(image: string): Promise<void> {
    if (this.#options.container['imagePullPolicy'] === 'Never') {
      const message = `Container image "${image}" is not present with pull policy of Never`;
      this.#event('Warning', 'ErrImageNeverPull', message);
      return this.#waitFor({ reason: 'ErrImageNeverPull', message });
    }
    const message = `failed to pull and unpack image "${image}": failed to resolve reference "${image}": ${image}: not found`;
    this.#event('Warning', 'Failed', `Failed to pull image "${image}": ${message}`);
    this.#become({ waiting: { reason: 'ErrImagePull', message } });
    this.#event('Normal', 'BackOff', `Back-off pulling image "${image}"`);
    await this.#waitFor({
      reason: 'ImagePullBackOff',
      message: `Back-off pulling image "${image}": ErrImagePull: ${message}`,
    });
  }

  async #backOff(backoffMs: number): Promise<void> {
    const message = `back-off ${Math.round(backoffMs / 1000)}s restarting failed container=${this.#name} pod=${this.#options.pod().metadata.name}`;
    this.#become({ waiting: { reason: 'CrashLoopBackOff', message } });
    this.#event('Warning', 'BackOff', `Back-off restarting failed container ${this.#name}`);
    let timer: NodeJS.Timeout | undefined;
    // Only a stop ends it early, not every change of the pod.
    await new Promise<void>((resolve) => {
      timer = setTimeout(resolve, backoffMs);
      this.#wake = (): void => void (this.#isStopping && resolve());
    });
    clearTimeout(timer);
  }

  async #waitFor(waiting: { reason: string; message: string }): Promise<void> {
    this.#become({ waiting });
    if (this.#isStopping) return;
    await new Promise<void>((resolve) => (this.#wake = resolve));
  }

  #watch(process: ContainerProcess): void {
    const { context, container, kind, place } = this.#options;
    if (kind !== 'main') return;
    this.#stopProbes = startProbes(
      { container, address: place.address, pid: process.pid, prober: context.prober },
      {
        onStarted: () => this.#set({ isStarted: true }),
        onReady: (isReady) => this.#set({ isReady }),
        onDead: (why) => {
          this.#stopProbes();
          this.#event('Normal', 'Killing', `Container ${this.#name} failed liveness probe, will be restarted`);
          this.#event('Warning', 'Unhealthy', `Liveness probe failed: ${why}`);
          const graceMs = this.#options.pod()['spec'].terminationGracePeriodSeconds * 1000;
          process.signal('SIGTERM');
          const kill = setTimeout(() => process.signal('SIGKILL'), graceMs);
          void process.exited.then(() => clearTimeout(kill));
        },
        onFailure: (kind, message) => {
          if (kind !== 'liveness')
            this.#event(
              'Warning',
              'Unhealthy',
              `${kind === 'startup' ? 'Startup' : 'Readiness'} probe failed: ${message}`,
            );
        },
      },
    );
  }

  #isToRestart({ code }: Exit): boolean {
    const policy = this.#options.pod()['spec'].restartPolicy;
    if (this.#options.kind === 'ephemeral') return false;
    if (this.#options.kind === 'init') return code !== 0 && policy !== 'Never';
    return policy === 'Always' || (policy === 'OnFailure' && code !== 0);
  }

  #set(change: { isReady?: boolean; isStarted?: boolean }): void {
    this.#isReady = change.isReady ?? this.#isReady;
    this.#isStarted = change.isStarted ?? this.#isStarted;
    this.#options.onChange();
  }

  #become(state: ContainerState): void {
    this.#state = state;
    this.#options.onChange();
  }

  #event(type: 'Normal' | 'Warning', reason: string, message: string): void {
    const { context, pod } = this.#options;
    recordEvent(context.store, pod(), { type, reason, message, component: 'kubelet', at: context.now() });
  }

  #now(): string {
    return timestamp(this.#options.context.now());
  }
}

function nextBackoff(backoffMs: number): number {
  return Math.min(MAX_BACKOFF_MS, Math.max(FIRST_BACKOFF_MS, backoffMs * 2));
}

function terminatedBy(exit: Exit, startedAt: string, finishedAt: string): Terminated {
  const reason = exit.code === 0 ? 'Completed' : 'Error';
  return { exitCode: exit.code, ...(exit.signal > 0 && { signal: exit.signal }), reason, startedAt, finishedAt };
}
