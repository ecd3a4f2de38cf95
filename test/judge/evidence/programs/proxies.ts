/** Real proxies in front of an address that drops SYNs, one that refuses, one that says nothing and one that answers. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DEAD, GOOD, MUTE, REFUSING } from './addresses.ts';

/** A program to start. */
interface Proxy {
  readonly command: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

export const PORTS = {
  nginxNext: 9001,
  nginxGiveUp: 9002,
  nginxRead: 9003,
  nginxResolver: 9004,
  haproxyNext: 9011,
  haproxyGiveUp: 9012,
  haproxyRefused: 9013,
  envoyConnect: 9021,
  envoyRoute: 9022,
  caddy: 9031,
} as const;

const NGINX = `
daemon off; master_process off; pid nginx.pid; error_log stderr crit;
events {}
http {
  access_log off; client_body_temp_path t1; proxy_temp_path t2; fastcgi_temp_path t3; uwsgi_temp_path t4; scgi_temp_path t5;
  proxy_connect_timeout 5s; proxy_next_upstream error timeout; proxy_next_upstream_tries 3;
  upstream next { server ${DEAD} max_fails=0; server ${GOOD} max_fails=0; }
  upstream none { server ${DEAD} max_fails=0; server ${DEAD.replace('.1:', '.2:')} max_fails=0; server ${DEAD.replace('.1:', '.3:')} max_fails=0; }
  server { listen 127.0.0.1:${PORTS.nginxNext}; location / { proxy_pass http://next; } }
  server { listen 127.0.0.1:${PORTS.nginxGiveUp}; location / { proxy_pass http://none; } }
  server { listen 127.0.0.1:${PORTS.nginxRead}; location / { proxy_read_timeout 2s; proxy_pass http://${MUTE}; } }
  server {
    listen 127.0.0.1:${PORTS.nginxResolver};
    resolver 127.0.2.3 127.0.2.1 ipv6=off;
    location ~ /(.*) { set $up $1.example; proxy_pass http://$up:8081; }
  }
}`;

const HAPROXY = `
defaults
  mode http
  timeout connect 5s
  timeout client 60s
  timeout server 60s
listen next
  bind 127.0.0.1:${PORTS.haproxyNext}
  option redispatch
  server a ${DEAD}
  server b ${GOOD}
listen giveup
  bind 127.0.0.1:${PORTS.haproxyGiveUp}
  server a ${DEAD}
listen refused
  bind 127.0.0.1:${PORTS.haproxyRefused}
  server a ${REFUSING}
`;

const CADDY = `
{
  admin off
  auto_https off
}
http://127.0.0.1:${PORTS.caddy} {
  reverse_proxy ${DEAD}
}
`;

function envoyListener(port: number, cluster: string): object {
  return {
    name: cluster,
    address: { socket_address: { address: '127.0.0.1', port_value: port } },
    filter_chains: [
      {
        filters: [
          {
            name: 'envoy.filters.network.http_connection_manager',
            typed_config: {
              '@type':
                'type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager',
              stat_prefix: cluster,
              route_config: {
                virtual_hosts: [
                  { name: 'all', domains: ['*'], routes: [{ match: { prefix: '/' }, route: { cluster } }] },
                ],
              },
              http_filters: [
                {
                  name: 'envoy.filters.http.router',
                  typed_config: { '@type': 'type.googleapis.com/envoy.extensions.filters.http.router.v3.Router' },
                },
              ],
            },
          },
        ],
      },
    ],
  };
}

function envoyCluster(name: string, address: string): object {
  const [host, port] = address.split(':');
  const endpoint = { address: { socket_address: { address: host, port_value: Number(port) } } };
  return {
    name,
    type: 'STATIC',
    load_assignment: { cluster_name: name, endpoints: [{ lb_endpoints: [{ endpoint }] }] },
  };
}

const ENVOY = {
  static_resources: {
    listeners: [envoyListener(PORTS.envoyConnect, 'dead'), envoyListener(PORTS.envoyRoute, 'mute')],
    clusters: [envoyCluster('dead', DEAD), envoyCluster('mute', MUTE)],
  },
};

/** Writes the configurations into `folder` and says how to start each. `wheels`: where bootstrap put what comes from PyPI. */
export function proxies(folder: string, wheels: string): Proxy[] {
  const file = (name: string, text: string) => {
    const path = join(folder, name);
    writeFileSync(path, text);
    return path;
  };
  const nginx = join(folder, 'nginx');
  mkdirSync(nginx);
  const envoy = file('envoy.json', JSON.stringify(ENVOY));
  const caddy = join(wheels, 'bin', 'caddy');
  return [
    { command: ['nginx', '-p', nginx, '-e', 'stderr', '-c', file('nginx.conf', NGINX)] },
    { command: ['haproxy', '-db', '-q', '-f', file('haproxy.cfg', HAPROXY)] },
    {
      command: [
        join(wheels, 'envoy', '_bin', 'envoy'),
        '-c',
        envoy,
        '--disable-hot-restart',
        '--concurrency',
        '1',
        '-l',
        'error',
      ],
    },
    {
      command: [caddy, 'run', '--adapter', 'caddyfile', '--config', file('Caddyfile', CADDY)],
      env: { HOME: folder, XDG_DATA_HOME: folder, XDG_CONFIG_HOME: folder },
    },
  ];
}
