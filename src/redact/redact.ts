/** A recording without what would tell whose it is: every name, label, host and address another, each relation between them the same. Pure. */
import { POD_INTERFACE } from '../../probes/wire.ts';
import type { Recording } from '../model/recording.ts';
import { type AddressMap, addressMap, isWellKnown, type SeenAddress } from './addresses.ts';
import type { Meaning } from './fields.ts';
import { type Piece, piecesOf, spelled, type Word, writtenAs } from './pieces.ts';
import { randomFrom } from './random.ts';
import { isPublicInProse, isPublicName } from './vocabulary.ts';
import { replaced } from './walk.ts';
import { otherWords } from './words.ts';

export interface Redacted {
  readonly recording: Recording;
  /** A text that was made from the redacted recording, with the names of the original in it. */
  restore(text: string): string;
}

/** What a recording holds that has to go. */
interface Found {
  readonly words: ReadonlySet<string>;
  readonly anchors: ReadonlySet<string>;
  readonly compared: ReadonlySet<string>;
  readonly interfaces: ReadonlySet<string>;
  readonly addresses: ReadonlyMap<string, SeenAddress>;
}

interface Replacement {
  readonly words: ReadonlyMap<string, string>;
  readonly interfaces: ReadonlyMap<string, string>;
  readonly address: (seen: SeenAddress) => SeenAddress['address'];
}

/** `variant`: another number gives other words and addresses for the same recording. */
export function redact(recording: Recording, variant = 0): Redacted {
  const found = findIn(recording);
  const random = randomFrom(variant);
  const words = otherWords(
    {
      words: [...found.words],
      anchors: [...found.anchors],
      compared: found.compared,
      isTaken: (word) => found.words.has(word) || isPublicInProse(word),
    },
    random,
  );
  const interfaces = otherInterfaces([...found.interfaces]);
  const addresses = otherAddresses(found, random);
  const there: Replacement = { words, interfaces, address: addresses.there };
  const back: Replacement = { words: turned(words), interfaces: turned(interfaces), address: addresses.back };
  return {
    recording: replaced(recording, (text, meaning) => (meaning === 'kept' ? text : replacedIn(text, there))),
    restore: (text) => replacedIn(text, back),
  };
}

/** Words and addresses of the one that stand in the other; empty where it is redacted. */
export function remains(original: Recording, other: Recording): string[] {
  const { words, interfaces, addresses } = findIn(original);
  const left = new Set<string>();
  const look = (piece: Piece) => {
    if (piece.kind === 'word' && (words.has(piece.word.key) || interfaces.has(spelled(piece.word))))
      left.add(spelled(piece.word));
    if (piece.kind === 'address' && addresses.has(keyOf(piece)) && !isWellKnown(piece)) left.add(keyOf(piece));
  };
  replaced(other, (text, meaning) => {
    if (meaning !== 'kept') piecesOf(text).forEach(look);
    return text;
  });
  return [...left];
}

function findIn(recording: Recording): Found {
  const words = new Set<string>();
  const anchors = new Set<string>();
  const compared = new Set<string>();
  const interfaces = new Set<string>();
  const addresses = new Map<string, SeenAddress>();
  const look = (piece: Piece, meaning: Meaning) => {
    if (piece.kind === 'address') addresses.set(keyOf(piece), piece);
    if (piece.kind !== 'word') return;
    const { word } = piece;
    if (!isPrivate(word, meaning)) {
      if (meaning === 'object' && isLong(word)) anchors.add(word.key);
    } else if (meaning === 'interface' && POD_INTERFACE.test(spelled(word))) interfaces.add(spelled(word));
    else words.add(word.key);
    if (meaning === 'compared' && isLong(word)) compared.add(word.key);
  };
  replaced(recording, (text, meaning) => {
    if (meaning !== 'kept') for (const piece of piecesOf(text)) look(piece, meaning);
    return text;
  });
  return { words, anchors, compared, interfaces, addresses };
}

/** Numbers of more digits may be an account or a telephone; ports have five. */
const MOST_DIGITS = 5;

function isLong({ key }: Word): boolean {
  return key.length > 1 && !/^\d+$/.test(key);
}

function isPrivate(word: Word, meaning: Meaning): boolean {
  const { key } = word;
  if (/^\d+$/.test(key)) return key.length > MOST_DIGITS;
  if (key.length < 2) return false;
  const isPublic = meaning === 'prose' ? isPublicInProse : isPublicName;
  return !isPublic(key.toLowerCase()) && !isPublic(spelled(word).toLowerCase());
}

function replacedIn(text: string, { words, interfaces, address }: Replacement): string {
  return piecesOf(text)
    .map((piece) => {
      if (piece.kind === 'other') return piece.text;
      if (piece.kind === 'address') return writtenAs(address(piece), piece.prefix, piece.form);
      const { word } = piece;
      return interfaces.get(spelled(word)) ?? spelled({ ...word, key: words.get(word.key) ?? word.key });
    })
    .join('');
}

/** Which end of which pod's cable it is goes; that it is a pod's stays, in the plugin's way of saying so. */
function otherInterfaces(names: readonly string[]): Map<string, string> {
  const taken = new Set(names);
  let next = 0;
  return new Map(
    names.map((name) => {
      let other = name;
      const [plugin = ''] = /^(?:veth|cali|lxc|eni|azv|gke)/.exec(name) ?? [];
      while (taken.has(other)) {
        other = `${plugin}${(0xa0000 + next).toString(16)}`;
        next += 1;
      }
      taken.add(other);
      return [name, other];
    }),
  );
}

/** Which bits turn is chance: none of the results may be one of the originals. */
const MOST_DRAWS = 64;

function otherAddresses({ addresses }: Found, random: ReturnType<typeof randomFrom>): AddressMap {
  const seen = [...addresses.values()];
  const isOld = (each: SeenAddress, map: AddressMap) =>
    !isWellKnown(each) && addresses.has(keyOf({ ...each, address: map.there(each) }));
  const isStrange = (each: SeenAddress, map: AddressMap) => map.there(each).range() !== each.address.range();
  let best = addressMap(seen, random, false);
  let fewest = Number.POSITIVE_INFINITY;
  for (let draw = 0; draw < MOST_DRAWS && fewest > 0; draw += 1) {
    // Where addresses stand so close that no bit is free, their order has to go.
    const map = addressMap(seen, random, draw >= MOST_DRAWS / 2);
    const bad = seen.filter((each) => isOld(each, map) || isStrange(each, map)).length;
    if (bad < fewest) [best, fewest] = [map, bad];
  }
  return best;
}

function keyOf({ address, prefix }: SeenAddress): string {
  return prefix === null ? address.toString() : `${address.toString()}/${prefix}`;
}

function turned(map: ReadonlyMap<string, string>): Map<string, string> {
  return new Map([...map].map(([one, other]) => [other, one]));
}
