/** Reads YAML that a person wrote: whatever is wrong with it is one line with file and place. */
import { readFile } from 'node:fs/promises';
import { LineCounter, parseAllDocuments, parseDocument, type Document } from 'yaml';
import { UserError } from '../../model/user-error.ts';

/** A document and where it came from. */
export interface YamlDocument {
  readonly file: string;
  readonly document: Document;
  readonly lines: LineCounter;
}

/** @throws UserError where the file cannot be read or is no YAML. */
export async function readYaml(file: string): Promise<YamlDocument> {
  const lines = new LineCounter();
  return checked(file, parseDocument(await read(file), { lineCounter: lines }), lines);
}

/** The documents of a file, without empty ones. @throws UserError */
export async function readAllYaml(file: string): Promise<YamlDocument[]> {
  const lines = new LineCounter();
  const documents = parseAllDocuments(await read(file), { lineCounter: lines });
  if ('empty' in documents) return [];
  return documents.map((document) => checked(file, document, lines)).filter(({ document }) => document.toJS() !== null);
}

/** `file:line:column` of the deepest part of the path that is there. */
export function placeOf({ file, document, lines }: YamlDocument, path: readonly (string | number)[] = []): string {
  for (let depth = path.length; depth >= 0; depth -= 1) {
    const node: unknown = document.getIn(path.slice(0, depth), true);
    const range = typeof node === 'object' && node !== null && 'range' in node ? node.range : null;
    if (!Array.isArray(range)) continue;
    const { line, col } = lines.linePos(range[0]);
    return `${file}:${line}:${col}`;
  }
  return file;
}

function checked(file: string, document: Document.Parsed, lines: LineCounter): YamlDocument {
  const [error] = document.errors;
  if (error === undefined) return { file, document, lines };
  const { line, col } = lines.linePos(error.pos[0]);
  throw new UserError(`${file}:${line}:${col}: ${error.message.split('\n')[0]}`);
}

async function read(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    throw new UserError(`cannot read ${file}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
  }
}
