/** What nobody here reads is let go of as soon as it is parsed: in lists of thousands of objects it is most of the memory. Pure. */
import type { ApiObject } from './cluster-client.ts';

/**
 * Who set which field (about a third of a pod), the manifest as kubectl applied it, and the images of a node (half of it). What a pod's containers are
 * given in their environment is kept: ingress controllers are set up by it.
 */
export function slim(object: ApiObject): ApiObject {
  const { metadata, status } = object as { metadata?: Loose; status?: Loose };
  const annotations = metadata?.['annotations'] as Loose | undefined;
  if (isLoose(metadata)) delete metadata['managedFields'];
  if (isLoose(annotations)) delete annotations['kubectl.kubernetes.io/last-applied-configuration'];
  if (isLoose(status)) delete status['images'];
  return object;
}

type Loose = Record<string, unknown>;

function isLoose(value: unknown): value is Loose {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
