/** The heavy parts behind the commands, loaded when they are needed: `--help` must not wait for an API client. */
import type { ConnectOptions } from '../api/client.ts';
import type { ClusterClient } from '../api/cluster-client.ts';
import type { HistoryOptions } from '../history/history.ts';
import type { Limitation } from '../model/cluster.ts';
import type { Recording } from '../model/recording.ts';
import type { Measured } from '../matrix.ts';
import type { FlowTrace } from '../model/flow-trace.ts';
import type { DiagnoseRequest, FlowTraceRequest, MatrixRequest } from '../model/request.ts';
import type { SweepReport } from '../model/sweep.ts';
import type { Verdict } from '../model/verdict.ts';
import type { PublishDependencies } from '../publish/channel.ts';
import type { PublishSettings } from '../publish/settings.ts';
import type { SweepOptions, Swept } from '../sweep.ts';
import { spareMemory } from './spare-memory.ts';
import type { History } from '../sweep/history-port.ts';

export interface Stages {
  diagnose(request: DiagnoseRequest): Promise<{ readonly verdict: Verdict; readonly recording: Recording }>;
  matrix(request: MatrixRequest): Promise<Measured>;
  trace(request: FlowTraceRequest): Promise<FlowTrace>;
  judge(recording: Recording): Promise<Verdict>;
  /** For commands that ask the cluster something without a run. */
  connect(options: ConnectOptions): Promise<ClusterClient>;
  sweep(options: SweepOptions): Promise<Swept>;
  openHistory(options: HistoryOptions): Promise<History>;
  publish(report: SweepReport, settings: PublishSettings, surroundings: PublishDependencies): Promise<Limitation[]>;
}

export const stages: Stages = {
  async diagnose(request) {
    const { diagnose } = await import('../diagnose.ts');
    return diagnose(request);
  },
  async matrix(request) {
    spareMemory();
    const { matrixRounds } = await import('../matrix-rounds.ts');
    return matrixRounds(request);
  },
  async trace(request) {
    const { traceFlow } = await import('../trace-flow.ts');
    return traceFlow(request);
  },
  async judge(recording) {
    const { judge } = await import('../judge/judge.ts');
    return judge(recording);
  },
  async connect(options) {
    const { connect } = await import('../api/client.ts');
    return connect(options);
  },
  async sweep(options) {
    spareMemory();
    const { sweep } = await import('../sweep.ts');
    return sweep(options);
  },
  async openHistory(options) {
    const { openHistory } = await import('../history/history.ts');
    return openHistory(options);
  },
  async publish(report, settings, surroundings) {
    const { publish } = await import('../publish/publish.ts');
    return publish(report, settings, surroundings);
  },
};
