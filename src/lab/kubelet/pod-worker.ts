/** One pod on one node: network, volumes, containers in order, status, and its end. */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { recordEvent } from '../api/events.ts';
import { timestamp } from '../api/store.ts';
import type { KubeObject, Place } from '../model.ts';
import { ContainerWorker, type ContainerOptions } from './container-worker.ts';
import { lookupIn } from './launch.ts';
import type { NodeContext } from './node-context.ts';
import { phaseOf, podStatus, type PodFacts } from './pod-status.ts';
import { Volumes } from './volumes.ts';

type Part = Record<string, any>;

/** From its binding to its end. */
export class PodWorker {
  readonly #context: NodeContext;
  readonly #folder: string;
  readonly #volumes: Volumes;
  readonly #startedAt: string;
  #pod: KubeObject;
  #place: Place | null = null;
  #initContainers: ContainerWorker[] = [];
  #containers: ContainerWorker[] = [];
  readonly #ephemeral = new Map<string, ContainerWorker>();
  #ended: PodFacts['ended'] = null;
  #deadline: NodeJS.Timeout | undefined;
  #stopping: Promise<void> | null = null;
  #graceMs = Number.POSITIVE_INFINITY;
  #attaching: Promise<void> = Promise.resolve();
  #isFrozen = false;
  #wake: () => void = () => {};

  constructor(pod: KubeObject, context: NodeContext) {
    this.#pod = pod;
    this.#context = context;
    this.#folder = join(context.folder, pod.metadata.uid);
    this.#volumes = new Volumes(join(this.#folder, 'volumes'));
    this.#startedAt = timestamp(context.now());
  }

  /** Runs it until its containers have ended for good or it is stopped. */
  async run(): Promise<void> {
    this.#armDeadline();
    this.#attaching = this.#attach();
    await this.#attaching;
    await this.#mountVolumes();
    for (const container of (this.#pod['spec'].initContainers ?? []) as Part[]) {
      if (this.#stopping !== null || this.#place === null) return;
      const worker = this.#worker(container, { kind: 'init', place: this.#place });
      this.#initContainers.push(worker);
      await worker.run();
      if (phaseOf(this.#pod, this.#facts()) === 'Failed') return this.#end();
    }
    if (this.#stopping !== null || this.#place === null) return;
    const place = this.#place;
    this.#containers = (this.#pod['spec'].containers as Part[]).map((container) =>
      this.#worker(container, { kind: 'main', place }),
    );
    this.#startEphemeral();
    await Promise.all(this.#containers.map((container) => container.run()));
    if (this.#stopping === null && !this.#isFrozen) await this.#end();
  }

  /** The pod changed, or a ConfigMap or Secret of its namespace did. */
  refresh(pod: KubeObject): void {
    this.#pod = pod;
    if (this.#isFrozen) return;
    if (this.#place !== null && this.#stopping === null) this.#volumes.refresh(pod, lookupIn(this.#context, pod));
    this.#wake();
    for (const container of this.#all()) container.poke();
    this.#startEphemeral();
    this.#sync();
  }

  /** Ends all its processes and gives the network back; a later call can only shorten the grace. */
  stop(graceMs: number): Promise<void> {
    if (this.#stopping !== null && graceMs < this.#graceMs) void this.#stopContainers(graceMs);
    this.#graceMs = Math.min(this.#graceMs, graceMs);
    this.#stopping ??= this.#stop();
    return this.#stopping;
  }

  /** Kills its processes for good and writes no status any more. */
  wedge(): void {
    this.#isFrozen = true;
    for (const container of this.#containers) container.wedge();
  }

  pause(isPaused: boolean): void {
    for (const container of this.#containers) container.pause(isPaused);
  }

  async #stop(): Promise<void> {
    clearTimeout(this.#deadline);
    this.#wake();
    // A network that is still being made has to be given back too.
    await this.#attaching.catch(() => {});
    await this.#stopContainers(this.#graceMs);
    await this.#release();
  }

  async #stopContainers(graceMs: number): Promise<void> {
    await Promise.all(this.#all().map((container) => container.stop(graceMs)));
  }

  #all(): ContainerWorker[] {
    return [...this.#initContainers, ...this.#containers, ...this.#ephemeral.values()];
  }

  /** Those that were put into the running pod since the last look. */
  #startEphemeral(): void {
    const place = this.#place;
    if (place === null || this.#stopping !== null || this.#containers.length === 0) return;
    for (const container of (this.#pod['spec'].ephemeralContainers ?? []) as Part[]) {
      if (this.#ephemeral.has(container['name'])) continue;
      const worker = this.#worker(container, { kind: 'ephemeral', place });
      this.#ephemeral.set(container['name'], worker);
      void worker.run();
    }
  }

  async #end(): Promise<void> {
    clearTimeout(this.#deadline);
    await Promise.all([...this.#ephemeral.values()].map((container) => container.stop(0)));
    this.#sync();
    await this.#release();
  }

  async #release(): Promise<void> {
    const place = this.#place;
    this.#place = null;
    if (place !== null && this.#pod['spec'].hostNetwork !== true)
      await this.#context.fabric.detachPod(this.#pod.metadata.uid);
    rmSync(this.#folder, { recursive: true, force: true });
  }

  async #attach(): Promise<void> {
    const { fabric, name, place } = this.#context;
    const isHost = this.#pod['spec'].hostNetwork === true;
    this.#place = isHost ? place : await fabric.attachPod(name, this.#pod.metadata.uid);
    this.#sync();
  }

  async #mountVolumes(): Promise<void> {
    while (this.#stopping === null) {
      const mounted = this.#volumes.refresh(this.#pod, lookupIn(this.#context, this.#pod));
      if (mounted.ok) return;
      const { store, now } = this.#context;
      recordEvent(store, this.#pod, {
        type: 'Warning',
        reason: 'FailedMount',
        message: mounted.problem,
        component: 'kubelet',
        at: now(),
      });
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }

  #worker(container: Part, about: { kind: ContainerOptions['kind']; place: Place }): ContainerWorker {
    return new ContainerWorker({
      context: this.#context,
      container,
      ...about,
      volumes: this.#volumes,
      folder: this.#folder,
      pod: () => this.#pod,
      onChange: () => this.#sync(),
    });
  }

  #armDeadline(): void {
    const seconds: number | undefined = this.#pod['spec'].activeDeadlineSeconds;
    if (seconds === undefined) return;
    this.#deadline = setTimeout(() => {
      this.#ended = {
        reason: 'DeadlineExceeded',
        message: 'Pod was active on the node longer than the specified deadline',
      };
      this.#sync();
      void this.stop(this.#pod['spec'].terminationGracePeriodSeconds * 1000).then(() => this.#sync());
    }, seconds * 1000);
  }

  #facts(): PodFacts {
    const declared = (list: string, workers: readonly ContainerWorker[]): PodFacts['containers'] =>
      ((this.#pod['spec'][list] ?? []) as Part[]).map(
        (container, index) =>
          workers[index]?.facts() ?? unborn(container, list === 'containers' && this.#waitsForInit()),
      );
    return {
      addresses: this.#place?.addresses ?? knownAddresses(this.#pod),
      hostAddresses: this.#context.place.addresses,
      startedAt: this.#startedAt,
      initContainers: declared('initContainers', this.#initContainers),
      containers: declared('containers', this.#containers),
      ephemeralContainers: [...this.#ephemeral.values()].map((container) => container.facts()),
      ended: this.#ended,
      now: timestamp(this.#context.now()),
    };
  }

  #waitsForInit(): boolean {
    return this.#pod['spec'].initContainers !== undefined && this.#containers.length === 0;
  }

  #sync(): void {
    const { namespace = null, name, uid } = this.#pod.metadata;
    const { store } = this.#context;
    const pod = store.get('pods', namespace, name);
    if (this.#isFrozen || pod?.metadata.uid !== uid) return;
    this.#pod = pod;
    store.putStatus('pods', namespace, name, podStatus(pod, this.#facts()));
    // A container that starts right now may ask for its address.
    this.#pod = store.get('pods', namespace, name) ?? pod;
  }
}

function knownAddresses({ status }: KubeObject): string[] {
  return ((status?.podIPs ?? []) as { ip: string }[]).map(({ ip }) => ip);
}

function unborn(container: Part, waitsForInit: boolean): PodFacts['containers'][number] {
  return {
    name: container['name'],
    image: container['image'],
    state: { waiting: { reason: waitsForInit ? 'PodInitializing' : 'ContainerCreating' } },
    lastState: null,
    isReady: false,
    isStarted: false,
    restartCount: 0,
  };
}
