/** What helps where a registry wants to know who is asking. Pure. */
import { list } from '../model/format.ts';

/** How registries and container runtimes say that somebody else might have got the image. */
const REFUSED = /unauthorized|authentication required|authorization failed|access denied|no basic auth|\b40[13]\b/i;

/** null: the trouble has another reason. `secrets` are those that the pod names. */
export function pullAdvice(
  because: string,
  { namespace, secrets }: { readonly namespace: string; readonly secrets: readonly string[] },
): string | null {
  if (!/^(?:ErrImage|ImagePull)/.test(because) || !REFUSED.test(because)) return null;
  if (secrets.length === 0) return `--pull-secret NAME names a Secret in namespace ${namespace} that lets it in`;
  return `--pull-secret ${list(secrets)}: is it in namespace ${namespace}, and for this registry?`;
}
