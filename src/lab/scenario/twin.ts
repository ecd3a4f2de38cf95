/** A scenario as it would be in a cluster of other address families. Pure. */
import { UserError } from '../../model/user-error.ts';
import type { Family } from '../model.ts';
import type { LoadedScenario } from './load-scenario.ts';
import type { Manifest } from './manifest.ts';
import { Families, Scenario } from './scenario.ts';

/**
 * With two families each Service gets both, unless it says otherwise. With IPv6 alone the addresses that are written in manifests, faults
 * and arguments become those with the same numbers (network/address-plan.ts).
 */
export function inFamilies(loaded: LoadedScenario, families: readonly [Family, ...Family[]]): LoadedScenario {
  const [first, second] = families;
  const translated = first === 'IPv6' && second === undefined ? inIpv6(loaded) : loaded;
  return {
    ...translated,
    scenario: { ...translated.scenario, families: [...families] },
    manifests: second === undefined ? translated.manifests : translated.manifests.map(offeringBoth),
  };
}

/** `IPv6` or `IPv4,IPv6`. @throws UserError */
export function readFamilies(text: string): readonly [Family, ...Family[]] {
  const read = Families.safeParse(text.split(','));
  if (read.success) return read.data;
  throw new UserError(`"${text}" are no address families`, { hint: 'IPv4, IPv6, or both: IPv4,IPv6' });
}

function offeringBoth(manifest: Manifest): Manifest {
  const spec = manifest['spec'];
  if (manifest.kind !== 'Service' || typeof spec !== 'object' || spec === null) return manifest;
  return { ...manifest, spec: { ipFamilyPolicy: 'PreferDualStack', ...spec } };
}

function inIpv6({ id, scenario, manifests }: LoadedScenario): LoadedScenario {
  return {
    id,
    scenario: Scenario.parse(translated(scenario)),
    manifests: translated(manifests) as readonly Manifest[],
  };
}

/** Whole texts and parts of texts, wherever they stand. */
function translated(value: unknown): unknown {
  if (typeof value === 'string')
    return PATTERNS.reduce((text, [from, to]) => text.replace(from, to), withFarServices(value));
  if (Array.isArray(value)) return value.map(translated);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, translated(part)]));
}

/** ClusterIPs beyond the first 256: fd00:96::/112 has two bytes left for both numbers. */
function withFarServices(text: string): string {
  const byte = (number: string) => Number(number).toString(16).padStart(2, '0');
  return text.replaceAll(
    /\b10\.96\.([1-9]\d*)\.(\d+)(:(?=\d))?/gu,
    (_, high: string, low: string, port: string | undefined) => {
      const address = `fd00:96::${byte(high)}${byte(low)}`;
      return port === undefined ? address : `[${address}]:`;
    },
  );
}

/** Ranges before addresses; an address with a port is bracketed. */
const PATTERNS: readonly (readonly [RegExp, string])[] = [
  [/\b0\.0\.0\.0\/0\b/gu, '::/0'],
  [/\b10\.244\.0\.0\/16\b/gu, 'fd00:244::/32'],
  [/\b10\.244\.(\d+)\.0\/24\b/gu, 'fd00:244:$1::/64'],
  [/\b10\.244\.(\d+)\.0\/32\b/gu, 'fd00:244:$1::/128'],
  [/\b10\.244\.(\d+)\.(\d+)\/32\b/gu, 'fd00:244:$1::$2/128'],
  [/\b10\.244\.(\d+)\.(\d+):(?=\d)/gu, '[fd00:244:$1::$2]:'],
  [/\b10\.244\.(\d+)\.(\d+)\b/gu, 'fd00:244:$1::$2'],
  [/\b172\.30\.0\.0\/16\b/gu, 'fd00:30::/64'],
  [/\b172\.30\.0\.(\d+)\/32\b/gu, 'fd00:30::$1/128'],
  [/\b172\.30\.0\.(\d+):(?=\d)/gu, '[fd00:30::$1]:'],
  [/\b172\.30\.0\.(\d+)\b/gu, 'fd00:30::$1'],
  [/\b10\.96\.0\.0\/16\b/gu, 'fd00:96::/112'],
  [/\b10\.96\.0\.(\d+)\/32\b/gu, 'fd00:96::$1/128'],
  [/\b10\.96\.0\.(\d+):(?=\d)/gu, '[fd00:96::$1]:'],
  [/\b10\.96\.0\.(\d+)\b/gu, 'fd00:96::$1'],
];
