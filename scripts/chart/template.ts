/**
 * Kubernetes objects with places that Helm fills in → the text of a template. Pure. A place is a text between marks, so that it
 * fits where an object has a text; a condition is a node around what depends on it.
 */
import { stringify } from 'yaml';

const [OPEN, CLOSE] = ['⟦', '⟧'];
/** What stands between the marks, of one place. */
const PLACE = new RegExp(`${OPEN}([^${CLOSE}]*)${CLOSE}`, 'gu');

export type Node = unknown;

class Block {
  readonly action: string;
  readonly nodes: readonly Node[];
  /** `action`: `if …` or `range …`; in a list `nodes` are items, in a map the one is the value of its key. */
  constructor(action: string, nodes: readonly Node[]) {
    this.action = action;
    this.nodes = nodes;
  }
}

/** The value of a Go expression. */
export const fill = (expression: string): string => raw(`{{ ${expression} }}`);
/** Text that stands as it is in the template. */
export const raw = (text: string): string => `${OPEN}${text}${CLOSE}`;
export const when = (condition: string, node: Node): Block => new Block(`if ${condition}`, [node]);
/** Items of a list, for each value. */
export const each = (values: string, ...items: readonly Node[]): Block => new Block(`range ${values}`, items);

/** One document. */
export function templateYaml(object: Node): string {
  const texts: string[] = [];
  const keep = (text: string): string => `KPROBE_${texts.push(text) - 1}_`;
  const plain = withMarks(object, keep);
  const yaml = stringify(plain, { lineWidth: 0, aliasDuplicateObjects: false });
  return (
    yaml
      // A block's edges stand on lines of their own.
      .replaceAll(/^( *)(?:- )?KPROBE_(\d+)_(?:: null)?$/gm, (whole, indent: string, index: string) =>
        texts[Number(index)]?.startsWith('{{- ') === true ? `${indent}${texts[Number(index)]}` : whole,
      )
      .replaceAll(
        /"KPROBE_(\d+)_"|KPROBE_(\d+)_/g,
        (_, quoted?: string, bare?: string) => texts[Number(quoted ?? bare)] ?? '',
      )
  );
}

function withMarks(node: Node, keep: (text: string) => string): Node {
  if (typeof node === 'string') return node.replaceAll(PLACE, (_, text: string) => keep(text));
  if (Array.isArray(node)) {
    return node.flatMap((item: Node) =>
      item instanceof Block
        ? [keep(`{{- ${item.action} }}`), ...item.nodes.map((one) => withMarks(one, keep)), keep('{{- end }}')]
        : [withMarks(item, keep)],
    );
  }
  if (typeof node !== 'object' || node === null) return node;
  return Object.fromEntries(
    Object.entries(node).flatMap(([key, value]: [string, Node]): (readonly [string, Node])[] =>
      value instanceof Block
        ? [
            [keep(`{{- ${value.action} }}`), null],
            [key, withMarks(value.nodes[0], keep)],
            [keep('{{- end }}'), null],
          ]
        : [[key, withMarks(value, keep)]],
    ),
  );
}
