/** Any image with Node in it serves; this one is mirrored by most company registries. */
export const DEFAULT_IMAGE = 'node:24-slim';
