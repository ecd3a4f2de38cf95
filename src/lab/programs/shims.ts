/**
 * Programs that the images of scenarios have and a bare machine may lack, as shell scripts in front of what the lab
 * has anyway. They come first in a pod's PATH.
 */
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { envoyBootstrap } from '../system/envoy-config.ts';
import type { Family } from '../model.ts';
import { nginxFile, type NginxUser } from '../system/nginx-file.ts';

export interface ShimSources {
  /** The node that runs the lab, with its own arguments. */
  readonly node: readonly string[];
  readonly dnsProgram: string;
  readonly zoneFile: string;
  /** Rewritten by the lab; the ingress reloads it. */
  readonly ingressFile: string;
  /** nginx, haproxy or envoy. */
  readonly ingressBinary: string;
  /** The cluster's. */
  readonly families: readonly Family[];
  /** Who the ingress' workers are; undefined leaves them root. */
  readonly ingressWorker?: NginxUser;
  /** Gone with the lab. */
  readonly temporaryFolder: string;
}

/** Writes the shims into a folder of the lab. */
export async function writeShims(folder: string, sources: ShimSources): Promise<void> {
  await mkdir(folder, { recursive: true });
  const shims = {
    node: node(sources),
    coredns: dns(sources),
    httpd: httpd(sources),
    'nginx-ingress-controller': nginx(sources),
    'haproxy-ingress-controller': haproxy(sources),
    'envoy-proxy': envoy(sources),
  };
  await Promise.all(
    Object.entries(shims).map(async ([name, body]) => {
      await writeFile(join(folder, name), `#!/bin/sh\n${body}\n`);
      await chmod(join(folder, name), 0o755);
    }),
  );
}

function node({ node: command }: ShimSources): string {
  return `exec ${command.map(quote).join(' ')} "$@"`;
}

function dns({ node: command, dnsProgram, zoneFile }: ShimSources): string {
  return `exec ${[...command, dnsProgram, zoneFile].map(quote).join(' ')} ${quote(`${zoneFile}.of-`)}"$(hostname)"`;
}

/**
 * busybox's httpd (-f foreground, -p [address:]port, -h folder): small files, a fresh answer to each request, 404 for what is not there. Without
 * an address it listens for both families.
 */
function httpd({ temporaryFolder }: ShimSources): string {
  const server =
    'default_type text/html; access_log off; keepalive_timeout 0;\nserver { $listens root $home; location / { try_files \\$uri \\$uri/index.html =404; } }';
  return `port=80 home=.
while [ $# -gt 0 ]; do
  case $1 in
    -p) port=$2; shift ;; -p*) port=\${1#-p} ;;
    -h) home=$2; shift ;; -h*) home=\${1#-h} ;;
  esac
  shift
done
case $home in /*) ;; *) home=$PWD/$home ;; esac
listens="listen $port;"
case $port in *:*) ;; *) [ ! -e /proc/net/if_inet6 ] || listens="$listens listen [::]:$port;" ;; esac
own=$(mktemp -d -p ${quote(temporaryFolder)})
cat > "$own/nginx.conf" <<CONF
daemon off; master_process off;
${nginxFile('$own', server)}
CONF
exec nginx -e stderr -p "$own" -c "$own/nginx.conf"`;
}

interface Served {
  /** Writes what it starts with; `$own` is a folder of its own. */
  readonly prepare?: string;
  /** Puts `$file` where the program reads it. */
  readonly load: string;
  readonly start: string;
  /** Tells `$proxy` that there is something new. */
  readonly reload: string;
}

/**
 * A proxy with the file that the lab writes and rewrites, or with the one for this replica alone. Its output goes through a pipe of its
 * own, because programs open /dev/stdout by name, which fails where that is a socket.
 */
function served({ ingressFile, temporaryFolder }: ShimSources, { prepare = '', load, start, reload }: Served): string {
  return `shared=${quote(ingressFile)} own=$(mktemp -d -p ${quote(temporaryFolder)})
chmod 755 "$own"
mkfifo "$own/out" && { cat "$own/out" & } && exec > "$own/out" 2>&1
${prepare}
load() {
  file=$shared
  [ ! -e "$shared.of-$(hostname)" ] || file=$shared.of-$(hostname)
  touch -r "$file" "$own/seen"
  ${load}
}
until [ -s "$shared" ]; do sleep 0.05; done
load
${start} & proxy=$!
trap 'kill -TERM $proxy; wait $proxy; exit 0' TERM INT
while kill -0 $proxy 2> /dev/null; do
  if [ "$file" -nt "$own/seen" ] || { [ "$file" = "$shared" ] && [ -e "$shared.of-$(hostname)" ]; }; then
    load
    ${reload}
  fi
  sleep 0.1
done
wait $proxy`;
}

function nginx(sources: ShimSources): string {
  return served(sources, {
    prepare: `cat > "$own/nginx.conf" <<CONF
daemon off;
${nginxFile('$own', 'include $own/routes.conf;', sources.ingressWorker)}
CONF`,
    load: 'cp "$file" "$own/routes.conf"',
    start: 'nginx -e stderr -p "$own" -c "$own/nginx.conf"',
    reload: 'kill -HUP $proxy',
  });
}

/** -W: a master that starts a new worker on SIGUSR2, while the old one ends what it has begun. */
function haproxy(sources: ShimSources): string {
  return served(sources, {
    load: 'cp "$file" "$own/haproxy.cfg"',
    start: `${quote(sources.ingressBinary)} -W -f "$own/haproxy.cfg"`,
    reload: 'kill -USR2 $proxy',
  });
}

/** Reads a file again when another takes its place; the parts are moved in the order in which they are needed. */
function envoy(sources: ShimSources): string {
  return served(sources, {
    prepare: `cat > "$own/envoy.json" <<CONF
${JSON.stringify(envoyBootstrap('$own', sources))}
CONF`,
    load: `awk -v own="$own" '/^### /{name = own "/" $2 ".new"; next} {print > name}' "$file"
  for part in certificate clusters routes status; do mv "$own/$part.new" "$own/$part.json"; done`,
    start: `${quote(sources.ingressBinary)} -c "$own/envoy.json" --disable-hot-restart --concurrency 1 -l warn`,
    reload: ':',
  });
}

function quote(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\\''`)}'`;
}
