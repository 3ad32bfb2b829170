#!/usr/bin/env bash
# Hosts on one machine: network namespaces with an address, a host name and a /dev/shm of their own, joined
# by a bridge. Root; no sshd: Open MPI's launcher enters them by the script `on` in place of ssh.
#   hosts.sh up FOLDER COUNT           makes the hosts sh1 … shCOUNT, and FOLDER/mpirun
#   FOLDER/mpirun OPTIONS -n N PROGRAM runs ranks on them over TCP, two to a host
#   hosts.sh rate FOLDER RATE|off      limits each host's cable (tc tbf), such as 20mbit
#   hosts.sh delay FOLDER 20ms LOSS|off    delays and loses packets (tc netem, else relay.py; 3: neither can be)
#   hosts.sh cut FOLDER sh3            takes a host off the network
#   hosts.sh down FOLDER               ends what runs on them and removes them
set -euo pipefail
command=$1 folder=$2

prefix=sndr$(cksum <<<"$folder" | cut -c1-4)
names() { awk '{ print $1 }' "$folder/hosts"; }
device() { echo "$prefix${1#sh}"; }

up() {
  local count=$1 host process
  mkdir -p "$folder"
  : >"$folder/hosts"
  : >"$folder/processes"
  ip link add "$prefix" type bridge
  ip link set "$prefix" up
  printf '127.0.0.1 localhost\n' >"$folder/addresses"
  for i in $(seq "$count"); do
    echo "10.77.$((0x$(cksum <<<"$folder" | cut -c1-2) % 100 + 100)).$((10 + i)) sh$i" >>"$folder/addresses"
    echo "sh$i slots=2" >>"$folder/hosts"
  done
  for host in $(names); do
    ip netns add "$prefix-$host"
    ip link add "$(device "$host")" type veth peer name eth0 netns "$prefix-$host"
    ip link set "$(device "$host")" master "$prefix" up
    ip -n "$prefix-$host" addr add "$(awk -v host="$host" '$2 == host { print $1 }' "$folder/addresses")/24" dev eth0
    ip -n "$prefix-$host" link set lo up
    ip -n "$prefix-$host" link set eth0 up
    # A process that keeps the host's other namespaces; /sys stays as it is, with the control groups.
    nsenter --net="/run/netns/$prefix-$host" unshare --uts --mount --ipc --propagation private bash -c "
      hostname $host
      mount --bind '$folder/addresses' /etc/hosts
      mount -t tmpfs -o size=256m tmpfs /dev/shm
      mkdir -p '$folder/tmp.$host'
      : >'$folder/ready.$host'
      exec sleep infinity" </dev/null >/dev/null 2>&1 &
    process=$!
    disown
    echo "$process $host" >>"$folder/processes"
    for _ in $(seq 100); do
      if [ -e "$folder/ready.$host" ]; then break; fi
      sleep 0.05
    done
  done
  cat >"$folder/on" <<SCRIPT
#!/usr/bin/env bash
# on [OPTIONS] HOST COMMAND…: runs the command in a shell on the host, as ssh does
while [ "\${1#-}" != "\$1" ]; do shift; done
process=\$(awk -v host="\$1" '\$2 == host { print \$1 }' '$folder/processes')
export TMPDIR='$folder/tmp.'\$1
shift
exec nsenter -t "\$process" -n -u -m -i /bin/sh -c "\$*"
SCRIPT
  cat >"$folder/mpirun" <<SCRIPT
#!/usr/bin/env bash
# Starts ranks on all hosts, from the first one.
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
# Without these the launcher waits for a lost host for minutes, as it does where KEEPALIVE is no.
if [ "\${KEEPALIVE:-yes}" != no ]; then
  export OMPI_MCA_oob_tcp_keepalive_time=5 OMPI_MCA_oob_tcp_keepalive_intvl=2 OMPI_MCA_oob_tcp_keepalive_probes=3
fi
# The hosts share this machine's cores, which Open MPI cannot know: who waits gives its core away.
export OMPI_MCA_mpi_yield_when_idle=1
process=\$(awk '\$2 == "sh1" { print \$1 }' '$folder/processes')
exec nsenter -t "\$process" -n -u -m -i env TMPDIR='$folder/tmp.sh1' --chdir="\$PWD" mpirun \\
  --hostfile '$folder/hosts' --map-by slot --bind-to none --oversubscribe \\
  --mca plm_rsh_agent '$folder/on' --mca btl_tcp_if_include eth0 --mca oob_tcp_if_include eth0 "\$@"
SCRIPT
  chmod +x "$folder/on" "$folder/mpirun"
}

# relay 10ms 0.5%: delay and loss without netem, by a program between the hosts' cables and the bridge
relay() {
  local host own pairs=()
  if [ ! -c /dev/net/tun ] || ! command -v python3 >/dev/null; then exit 3; fi
  for host in $(names); do pairs+=("$(device "$host")p:$(device "$host")q"); done
  python3 "$(dirname "$0")/relay.py" "$(awk -v time="$1" 'BEGIN { print time / 1000 }')" \
    "$(awk -v loss="$2" 'BEGIN { print loss / 100 }')" "${pairs[@]}" </dev/null >/dev/null 2>"$folder/relay.errors" &
  echo "$!" >"$folder/relay"
  disown
  for _ in $(seq 100); do
    if [ -e "/sys/class/net/${pairs[-1]#*:}" ]; then break; fi
    sleep 0.05
  done
  if [ ! -e "/sys/class/net/${pairs[-1]#*:}" ]; then
    rm "$folder/relay"
    echo "hosts: the relay for delay and loss does not start:" >&2
    cat "$folder/relay.errors" >&2
    if grep -q PermissionError "$folder/relay.errors"; then exit 3; fi
    exit 1
  fi
  for host in $(names); do
    own=$(device "$host")
    ip link add "${own}b" type bridge
    ip link set "${own}b" up
    ip link set "$own" master "${own}b"
    ip link set "${own}p" master "${own}b" up
    ip link set "${own}q" master "$prefix" up
  done
}

# Takes delay and loss away, whichever way they came.
undelay() {
  local host
  for host in $(names); do tc qdisc del dev "$(device "$host")" root 2>/dev/null || true; done
  if [ ! -e "$folder/relay" ]; then return; fi
  kill "$(cat "$folder/relay")" 2>/dev/null || true
  rm "$folder/relay"
  for host in $(names); do
    ip link set "$(device "$host")" master "$prefix"
    ip link del "$(device "$host")b"
  done
}

case $command in
  up) up "$3" ;;
  rate)
    for host in $(names); do
      tc qdisc del dev "$(device "$host")" root 2>/dev/null || true
      if [ "$3" != off ]; then
        tc qdisc add dev "$(device "$host")" root tbf rate "$3" burst 64kb latency 200ms
      fi
    done
    ;;
  delay)
    undelay
    if [ "$3" = off ]; then exit 0; fi
    # The relay takes no other unit.
    if [[ ! $3 =~ ^[0-9.]+ms$ ]]; then
      echo "hosts: give the delay in milliseconds, as in 10ms, not $3" >&2
      exit 64
    fi
    for host in $(names); do
      message=$(tc qdisc add dev "$(device "$host")" root netem delay "$3" loss "${4:-0%}" 2>&1) && continue
      # Only that is no fault of ours.
      if grep -q 'qdisc kind is unknown' <<<"$message"; then
        relay "$3" "${4:-0%}"
        exit 0
      fi
      echo "hosts: tc: $message" >&2
      exit 1
    done
    ;;
  cut) ip link set "$(device "$3")" down ;;
  down)
    undelay 2>/dev/null || true
    # All that were made, also who is no longer in `hosts`.
    for host in $(awk '{ print $2 }' "$folder/processes"); do
      ip netns pids "$prefix-$host" 2>/dev/null | xargs -r kill -9 2>/dev/null || true
      ip netns del "$prefix-$host" 2>/dev/null || true
      ip link del "$(device "$host")" 2>/dev/null || true
    done
    ip link del "$prefix" 2>/dev/null || true
    ;;
  *)
    sed -n '2,10p' "$0" >&2
    exit 64
    ;;
esac
