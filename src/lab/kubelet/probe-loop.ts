/** One container's probes: when they run, and what their results mean. */
import { spawn } from 'node:child_process';
import type { NetworkProbe, Prober, ProbeResult } from './prober-client.ts';

type Part = Record<string, any>;

/** Told when a probe's verdict on the container changes. */
export interface ProbeListener {
  onStarted(): void;
  onReady(isReady: boolean): void;
  /** A failed liveness or startup probe: the container is to be killed. */
  onDead(why: string): void;
  /** One failed attempt, for the event. */
  onFailure(kind: string, message: string): void;
}

export interface ProbeTarget {
  readonly container: Part;
  /** Where probes go unless they name a host. */
  readonly address: string;
  readonly pid: number;
  readonly prober: Prober;
}

type Kind = 'startup' | 'readiness' | 'liveness';

/** Runs them until stopped. Readiness and liveness wait for the startup probe. */
export function startProbes(target: ProbeTarget, listener: ProbeListener): () => void {
  const stops: (() => void)[] = [];
  const { startupProbe, readinessProbe, livenessProbe } = target.container;
  const begin = (): void => {
    listener.onStarted();
    if (readinessProbe === undefined) listener.onReady(true);
    else
      stops.push(
        repeat('readiness', readinessProbe, {
          target,
          listener,
          onPass: () => listener.onReady(true),
          onFail: () => listener.onReady(false),
        }),
      );
    if (livenessProbe !== undefined)
      stops.push(
        repeat('liveness', livenessProbe, {
          target,
          listener,
          onPass: () => {},
          onFail: (why) => listener.onDead(why),
        }),
      );
  };
  if (startupProbe === undefined) begin();
  else {
    const stop = repeat('startup', startupProbe, {
      target,
      listener,
      onPass: () => {
        stop();
        begin();
      },
      onFail: (why) => listener.onDead(why),
    });
    stops.push(stop);
  }
  return () => {
    for (const stop of stops) stop();
  };
}

interface Repeating {
  readonly target: ProbeTarget;
  readonly listener: ProbeListener;
  readonly onPass: () => void;
  readonly onFail: (why: string) => void;
}

/** While a container is not ready yet, looking again soon keeps the lab's start short; the real kubelet also probes at once after a start. */
const EAGER_MS = 100;
const EAGER_ATTEMPTS = 20;

function repeat(kind: Kind, probe: Part, { target, listener, onPass, onFail }: Repeating): () => void {
  let passes = 0;
  let failures = 0;
  let attempts = 0;
  let hasPassed = false;
  let timer: NodeJS.Timeout | undefined;
  let isStopped = false;
  const periodMs = probe['periodSeconds'] * 1000;

  const attempt = async (): Promise<void> => {
    const result = await runProbe(probe, target);
    if (isStopped) return;
    attempts++;
    passes = result.isHealthy ? passes + 1 : 0;
    failures = result.isHealthy ? 0 : failures + 1;
    const isEager = !hasPassed && kind !== 'liveness' && attempts < EAGER_ATTEMPTS;
    timer = setTimeout(() => void attempt(), isEager ? Math.min(EAGER_MS, periodMs) : periodMs);
    if (result.isHealthy) {
      if (passes < probe['successThreshold']) return;
      hasPassed = true;
      onPass();
    } else if (!isEager) {
      listener.onFailure(kind, result.message);
      if (failures >= probe['failureThreshold']) onFail(result.message);
    }
  };
  timer = setTimeout(() => void attempt(), (probe['initialDelaySeconds'] ?? 0) * 1000);
  return () => {
    isStopped = true;
    clearTimeout(timer);
  };
}

function runProbe(probe: Part, { container, address, pid, prober }: ProbeTarget): Promise<ProbeResult> {
  const timeoutMs = probe['timeoutSeconds'] * 1000;
  const { httpGet, tcpSocket, exec } = probe;
  if (exec !== undefined) return runInside(exec.command ?? [], pid, timeoutMs);
  const asked: NetworkProbe =
    httpGet !== undefined
      ? {
          kind: 'http',
          host: httpGet.host ?? address,
          port: portNumber(container, httpGet.port),
          path: httpGet.path,
          scheme: httpGet.scheme,
          headers: Object.fromEntries(((httpGet.httpHeaders ?? []) as Part[]).map(({ name, value }) => [name, value])),
          timeoutMs,
        }
      : { kind: 'tcp', host: tcpSocket?.host ?? address, port: portNumber(container, tcpSocket?.port), timeoutMs };
  return prober.probe(asked);
}

function portNumber(container: Part, port: unknown): number {
  if (typeof port === 'number') return port;
  const named = ((container['ports'] ?? []) as Part[]).find(({ name }) => name === port);
  return Number(named?.['containerPort'] ?? port ?? 0);
}

function runInside(command: readonly string[], pid: number, timeoutMs: number): Promise<ProbeResult> {
  return new Promise((resolve) => {
    const entering = [`--target=${pid}`, '--mount', '--uts', '--net', '--root', '--wd'];
    const child = spawn('nsenter', [...entering, '--', ...command], {
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: timeoutMs,
      killSignal: 'SIGKILL',
    });
    let said = '';
    const hear = (chunk: Buffer): void => void (said = `${said}${chunk.toString()}`.slice(-1024));
    child.stdout.on('data', hear);
    child.stderr.on('data', hear);
    child.once('error', (error) => resolve({ isHealthy: false, message: error.message }));
    child.once('close', (code) => resolve(code === 0 ? { isHealthy: true } : { isHealthy: false, message: said }));
  });
}
