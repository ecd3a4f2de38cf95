/** The part of a collection that a request asks for. */
import type { KubeObject } from '../model.ts';
import { parseFieldSelector, parseLabelSelector, type ParsedSelector } from './labels.ts';
import type { ResourceRequest } from './request.ts';

/** Namespace, name, labelSelector and fieldSelector together. */
export function selectionOf(request: ResourceRequest): ParsedSelector {
  const labels = parseLabelSelector(request.query.get('labelSelector') ?? '');
  if (!labels.ok) return labels;
  const fields = parseFieldSelector(request.query.get('fieldSelector') ?? '');
  if (!fields.ok) return fields;
  const { namespace, name } = request;
  return {
    ok: true,
    matches: (object: KubeObject): boolean =>
      (namespace === null || object.metadata.namespace === namespace) &&
      (name === null || object.metadata.name === name) &&
      labels.matches(object) &&
      fields.matches(object),
  };
}
