/** Kubernetes objects as files hold them. */
import { UserError } from '../../model/user-error.ts';
import { placeOf, readAllYaml } from './yaml-file.ts';

/** As little as every object needs. */
export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string; readonly [field: string]: unknown };
  readonly [field: string]: unknown;
}

/** The objects of a file, in its order. @throws UserError */
export async function readManifests(file: string): Promise<Manifest[]> {
  return (await readAllYaml(file)).map((yaml) => {
    const object: unknown = yaml.document.toJS();
    if (isManifest(object)) return object;
    throw new UserError(`${placeOf(yaml)}: not a Kubernetes object`, {
      hint: 'each document needs apiVersion, kind and metadata.name',
    });
  });
}

function isManifest(object: unknown): object is Manifest {
  const { apiVersion, kind, metadata } = (object ?? {}) as Partial<Manifest>;
  return typeof apiVersion === 'string' && typeof kind === 'string' && typeof metadata?.name === 'string';
}
