/** A pod's volumes as folders, kept up to date while it runs. */
import { chmodSync, mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { KubeObject } from '../model.ts';
import type { Lookup } from './environment.ts';
import { volumeContent, type Files } from './volume-content.ts';

type Part = Record<string, any>;

/** Where a volume's content lies on the machine. */
export interface Volume {
  readonly path: string;
  readonly isReadOnly: boolean;
}

export type Mounted = { readonly ok: true } | { readonly ok: false; readonly problem: string };

/** The volumes of one pod under one folder. */
export class Volumes {
  readonly #folder: string;
  readonly #volumes = new Map<string, Volume>();
  readonly #written = new Map<string, string>();
  #generation = 0;

  constructor(folder: string) {
    this.#folder = folder;
  }

  get(name: string): Volume | null {
    return this.#volumes.get(name) ?? null;
  }

  /** Makes or refreshes them; says which object is missing. Files that did not change are not touched. */
  refresh(pod: KubeObject, lookup: Lookup): Mounted {
    for (const volume of (pod['spec'].volumes ?? []) as Part[]) {
      const name: string = volume['name'];
      const content = volumeContent(pod, volume, lookup);
      if (content?.ok === false)
        return { ok: false, problem: `MountVolume.SetUp failed for volume "${name}" : ${content.problem}` };
      if (content !== null) this.#writeFiles(name, content.files);
      else this.#volumes.set(name, this.#volumes.get(name) ?? this.#plain(name, volume));
    }
    return { ok: true };
  }

  #plain(name: string, volume: Part): Volume {
    // A hostPath is the machine's own: pods may look, not touch.
    if (volume['hostPath'] !== undefined) return { path: volume['hostPath'].path, isReadOnly: true };
    const path = join(this.#folder, name);
    mkdirSync(path, { recursive: true });
    chmodSync(path, 0o777);
    return { path, isReadOnly: false };
  }

  /** As the kubelet does: files are links through `..data`, which is swapped, so that a reader sees all old or all new. */
  #writeFiles(name: string, files: Files): void {
    const folder = join(this.#folder, name);
    const fingerprint = JSON.stringify(
      [...files].map(([path, { content, mode }]) => [path, mode, content.toString('base64')]),
    );
    if (this.#written.get(name) === fingerprint) return;
    const isFirst = !this.#written.has(name);
    this.#written.set(name, fingerprint);
    this.#volumes.set(name, { path: folder, isReadOnly: true });
    const generation = `..${++this.#generation}`;
    for (const [path, { content, mode }] of files) {
      const file = join(folder, generation, path);
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, content, { mode });
      chmodSync(file, mode);
    }
    mkdirSync(join(folder, generation), { recursive: true });
    symlinkSync(generation, join(folder, '..data_tmp'));
    renameSync(join(folder, '..data_tmp'), join(folder, '..data'));
    for (const first of new Set([...files.keys()].map((path) => path.split('/')[0] ?? path))) {
      rmSync(join(folder, first), { force: true });
      symlinkSync(join('..data', first), join(folder, first));
    }
    if (!isFirst) rmSync(join(folder, `..${this.#generation - 1}`), { recursive: true, force: true });
  }
}
