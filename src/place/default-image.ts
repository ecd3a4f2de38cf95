import type { PullChoice } from '../model/request.ts';

/** Any image with Node in it serves; this one is mirrored by most company registries. */
export const DEFAULT_IMAGE = 'node:24-slim';
/** A tag may have moved since a node pulled it; waiting for a registry in the middle of an incident would cost more than that. */
export const DEFAULT_PULL: PullChoice = { secrets: [], policy: 'IfNotPresent' };
