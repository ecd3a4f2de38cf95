/** The heavy parts behind the commands, loaded when they are needed: `--help` must not wait for an API client. */
import type { ConnectOptions } from '../discover/client.ts';
import type { ClusterClient } from '../discover/cluster-client.ts';
import type { Recording } from '../model/recording.ts';
import type { DiagnoseRequest } from '../model/request.ts';
import type { Verdict } from '../model/verdict.ts';

export interface Stages {
  diagnose(request: DiagnoseRequest): Promise<{ readonly verdict: Verdict; readonly recording: Recording }>;
  judge(recording: Recording): Promise<Verdict>;
  /** For commands that ask the cluster something without a run. */
  connect(options: ConnectOptions): Promise<ClusterClient>;
}

export const stages: Stages = {
  async diagnose(request) {
    const { diagnose } = await import('../diagnose.ts');
    return diagnose(request);
  },
  async judge(recording) {
    const { judge } = await import('../judge/judge.ts');
    return judge(recording);
  },
  async connect(options) {
    const { connect } = await import('../discover/client.ts');
    return connect(options);
  },
};
