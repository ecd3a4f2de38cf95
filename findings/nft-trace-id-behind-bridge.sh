#!/bin/sh
# nftables 1.0.6 (`nft monitor trace`) on Linux 6.18: where a bridge hands its packets to the IP hooks (net.bridge.bridge-nf-call-iptables=1, which most
# container networks with a bridge set), one packet has one trace id in prerouting and another in every later hook, though both lines name the same
# interface (iif "br0") and the same packet. For the interface that the packet came in by is hashed into the id (net/netfilter/nf_tables_trace.c,
# trace_fill_id, skb_iif): first that is the bridge's port, then the bridge. With the setting at 0 the id stays. Three datagrams from behind the bridge:
#   bridge-nf-call-iptables=1: 3 packets, 6 ids
#   bridge-nf-call-iptables=0: 3 packets, 3 ids
# So who groups lines by their id sees packets that vanish after prerouting, and others that begin in the input or forward hook.
# Fails (exit code 1) when that changes. Needs root, Debian 12's package sources, iproute2, util-linux and a kernel with br_netfilter.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
chmod 755 "$folder"
(cd "$folder" && apt-get download -qq nftables=1.0.6-2+deb12u2 libnftables1=1.0.6-2+deb12u2 libnftnl11=1.2.4-2 libmnl0 libjansson4 libxtables12 libedit2 libbsd0 libgmp10 \
  && for package in *.deb; do dpkg -x "$package" root; done)
cat > "$folder/nft" <<N
#!/bin/sh
LD_LIBRARY_PATH=$(echo "$folder"/root/usr/lib/*-linux-gnu*) exec $folder/root/usr/sbin/nft "\$@"
N
chmod +x "$folder/nft"
cat > "$folder/look.sh" <<'S'
set -eu
folder=$1 handed=$2
ip link set lo up
ip link add br0 type bridge
ip address add 198.51.100.1/24 dev br0
ip link set br0 up
unshare --net sleep 60 &
sender=$!
until [ "$(readlink /proc/$sender/ns/net)" != "$(readlink /proc/$$/ns/net)" ]; do sleep 0.05; done
ip link add port type veth peer name eth0 netns "$sender"
ip link set port master br0 up
there() { nsenter --net="/proc/$sender/ns/net" "$@"; }
there ip address add 198.51.100.2/24 dev eth0
there ip link set eth0 up
echo "$handed" > /proc/sys/net/bridge/bridge-nf-call-iptables
"$folder/nft" 'table inet seen {
  chain arrived { type filter hook prerouting priority -300; udp dport 9 meta nftrace set 1; }
  chain delivered { type filter hook input priority 0; }
}'
"$folder/nft" monitor trace > "$folder/lines" &
monitor=$!
sleep 2
for _ in 1 2 3; do there bash -c 'echo hello > /dev/udp/198.51.100.1/9'; sleep 0.3; done
sleep 1
kill "$monitor" "$sender"
S
count() {
  unshare --net sh "$folder/look.sh" "$folder" "$1"
  packets=$(grep -c 'delivered packet: iif "br0"' "$folder/lines" || true)
  ids=$(grep -o '^trace id [0-9a-f]*' "$folder/lines" | sort -u | wc -l)
  echo "bridge-nf-call-iptables=$1: $packets packets, $ids ids"
}
"$folder/nft" --version
uname -r
handed=$(count 1)
alone=$(count 0)
echo "$handed"
echo "$alone"
if [ "$handed" != "bridge-nf-call-iptables=1: 3 packets, 6 ids" ] || [ "$alone" != "bridge-nf-call-iptables=0: 3 packets, 3 ids" ]; then
  echo "not seen any more"
  exit 1
fi
echo "seen: behind a bridge a packet changes its trace id"
