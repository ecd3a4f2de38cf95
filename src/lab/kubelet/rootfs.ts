/** A container's private root: a folder of its own into which the machine's programs are mounted read-only. */
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';

/** One mount: a bind of `source` on `target` inside the root. */
export interface Mount {
  readonly source: string;
  readonly target: string;
  readonly isReadOnly: boolean;
}

/** What goes into a root besides the system's folders. */
export interface RootContent {
  /** Bind mounts by path, made in this order: the lab's own folders, then the container's volumes. */
  readonly mounts: readonly Mount[];
  /** Files of its own, by path. */
  readonly files: Readonly<Record<string, string>>;
}

const PROGRAM_FOLDERS = ['usr', 'bin', 'sbin', 'lib', 'lib32', 'lib64', 'libx32'];
/** Copied as links, so that a pod can have files and mounts of its own among the machine's. */
const LINKED_FOLDERS = ['etc', 'opt'];
/** As they are; they belong to the kernel. */
const KERNEL_FOLDERS = ['proc', 'dev', 'sys'];
const FRESH_FOLDERS = [
  'tmp',
  'run',
  'var',
  'var/tmp',
  'var/lib',
  'var/log',
  'var/cache',
  'var/spool',
  'root',
  'home',
  'mnt',
  'srv',
];
const WORLD_WRITABLE = new Set(['tmp', 'var/tmp']);

/** Builds the folder and returns the fstab(5) lines that turn it into a root. Nothing is mounted here. */
export function buildRoot(root: string, content: RootContent): string {
  mkdirSync(root, { recursive: true, mode: 0o755 });
  const flags = mountFlags();
  const lines = [fstabLine({ source: root, target: root, type: 'bind' })];
  const bind = (source: string, target: string, isReadOnly: boolean): void => {
    const options = isReadOnly ? ['rbind', 'ro', ...flags(source)].join(',') : 'rbind';
    lines.push(fstabLine({ source, target, type: options }));
  };
  for (const name of FRESH_FOLDERS)
    mkdirSync(join(root, name), { recursive: true, mode: WORLD_WRITABLE.has(name) ? 0o1777 : 0o755 });
  for (const name of [...PROGRAM_FOLDERS, ...KERNEL_FOLDERS]) {
    const source = `/${name}`;
    const target = join(root, name);
    if (!existsSync(source)) continue;
    if (lstatSync(source).isSymbolicLink()) {
      symlinkSync(readlinkSync(source), target);
      continue;
    }
    mkdirSync(target, { recursive: true });
    bind(source, target, PROGRAM_FOLDERS.includes(name));
  }
  for (const name of LINKED_FOLDERS.filter((folder) => existsSync(`/${folder}`))) {
    mkdirSync(join(root, `.${name}`), { recursive: true });
    bind(`/${name}`, join(root, `.${name}`), true);
    linkAll(root, `/${name}`);
  }
  for (const [path, text] of Object.entries(content.files)) writeOwn(root, path, text);
  for (const mount of content.mounts) {
    makeMountPoint(root, mount);
    bind(mount.source, join(root, mount.target), mount.isReadOnly);
  }
  return `${lines.join('\n')}\n`;
}

/** `/etc/x` becomes a link to `/.etc/x`, where the machine's folder is mounted: one level up, so that relative links still lead right. */
function linkAll(root: string, folder: string): void {
  mkdirSync(join(root, folder), { recursive: true, mode: 0o755 });
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const target = entry.isSymbolicLink()
      ? readlinkSync(join(folder, entry.name))
      : `/.${join(folder, entry.name).slice(1)}`;
    symlinkSync(target, join(root, folder, entry.name));
  }
}

function writeOwn(root: string, path: string, text: string): void {
  const file = join(root, path);
  rmSync(file, { force: true });
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text, { mode: 0o644 });
}

/** A folder for a folder, a file for a file; links on the way are replaced by folders of links. */
function makeMountPoint(root: string, { source, target }: Mount): void {
  const parts = target.split('/').filter((part) => part !== '');
  let at = '';
  for (const [index, part] of parts.entries()) {
    at = join(at, part);
    const here = join(root, at);
    const isLast = index === parts.length - 1;
    const had = lstatSync(here, { throwIfNoEntry: false });
    if (had?.isSymbolicLink() === true) {
      rmSync(here);
      const isFolder = statSync(`/${at}`, { throwIfNoEntry: false })?.isDirectory() === true;
      if (!isLast && isFolder) linkAll(root, `/${at}`);
    }
    if (existsSync(here)) continue;
    if (isLast && statSync(source).isFile()) writeFileSync(here, '');
    else mkdirSync(here, { mode: 0o755 });
  }
}

/** Inside a user namespace a read-only remount must keep the flags that the machine's mounts are locked with. */
function mountFlags(): (path: string) => string[] {
  const mounts = readFileSync('/proc/self/mountinfo', 'utf8')
    .split('\n')
    .map((line) => line.split(' '))
    .map(([, , , , point = '', options = '']) => ({ point: unescape(point), options: options.split(',') }))
    .filter(({ point }) => point !== '');
  return (path) => {
    const real = existsSync(path) ? realpathSync(path) : path;
    const [nearest] = mounts
      .filter(({ point }) => point === '/' || real === point || real.startsWith(`${point}/`))
      .sort((left, right) => right.point.length - left.point.length);
    return (nearest?.options ?? []).filter((option) =>
      ['nosuid', 'nodev', 'noexec', 'noatime', 'nodiratime'].includes(option),
    );
  };
}

function fstabLine({ source, target, type }: { source: string; target: string; type: string }): string {
  return `${escape(source)} ${escape(target)} none ${type} 0 0`;
}

/** fstab writes blanks and backslashes in octal. */
function escape(path: string): string {
  return path.replace(/[\\\s#]/g, (character) => `\\${character.charCodeAt(0).toString(8).padStart(3, '0')}`);
}

function unescape(path: string): string {
  return path.replace(/\\([0-7]{3})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 8)));
}
