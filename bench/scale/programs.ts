/** The programs that a simulated cluster consists of: found in one folder or on the PATH, never fetched here. */
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

const NAMES = ['etcd', 'kube-apiserver', 'kwok'] as const;

export type Programs = Readonly<Record<(typeof NAMES)[number], string>>;

/** The folder that holds them, where they are not on the PATH. */
export const FOLDER_VARIABLE = 'KPROBE_SCALE_BIN';

export const HOW_TO_GET_THEM = `It needs ${NAMES.join(', ')} on the PATH or in the folder $${FOLDER_VARIABLE}. With Go 1.25 or later:
  mkdir build && cd build && go mod init build
  go get -tool sigs.k8s.io/kwok/cmd/kwok@v0.8.0 go.etcd.io/etcd/server/v3@v3.6.4 && go install tool
  git clone --depth 1 --branch v1.34.4 https://github.com/kubernetes/kubernetes && cd kubernetes && go install ./cmd/kube-apiserver
Go names etcd's program "server"; call it etcd. All three are also in the releases of their projects.`;

/** null: at least one of them is not here. */
export function findPrograms(env: NodeJS.ProcessEnv): Programs | null {
  const folders = [env[FOLDER_VARIABLE] ?? [], (env['PATH'] ?? '').split(delimiter)].flat();
  const found = NAMES.flatMap((name) => {
    const folder = folders.find((each) => isProgram(join(each, name)));
    return folder === undefined ? [] : [[name, join(folder, name)] as const];
  });
  return found.length === NAMES.length ? (Object.fromEntries(found) as Programs) : null;
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
