/** Brings nftables tables into network namespaces: whole tables, in one transaction per namespace, only what changed. */
import { inNetns, runWithInput } from '../run-script.ts';

/** Tables by family and name, as nft has them (`ip faults`); each text is the body of the table. An empty text removes the table. */
export type Tables = Readonly<Record<string, string>>;

export interface RuleWriter {
  /** Resolves when the kernel has them. Tables not named here stay as they are. */
  write(netns: string, tables: Tables): Promise<void>;
  /** The namespace is gone. */
  forget(netns: string): void;
}

export function createRuleWriter(
  apply = (netns: string, text: string) => runWithInput(inNetns(netns, 'nft', '-f', '-'), text),
): RuleWriter {
  const present = new Map<string, Map<string, string>>();
  return {
    async write(netns, tables) {
      const known = present.get(netns) ?? new Map<string, string>();
      present.set(netns, known);
      const changed = Object.entries(tables).filter(([name, body]) => (known.get(name) ?? '') !== body);
      if (changed.length === 0) return;
      await apply(netns, changed.map(([name, body]) => replaceTable(name, body)).join(''));
      for (const [name, body] of changed) known.set(name, body);
    },
    forget: (netns) => void present.delete(netns),
  };
}

/** Added empty first, because nft before 1.0.8 has no `destroy`, and `delete` of a table that is not there fails. */
function replaceTable(name: string, body: string): string {
  const clear = `add table ${name}\ndelete table ${name}\n`;
  return body === '' ? clear : `${clear}table ${name} {\n${body}\n}\n`;
}
