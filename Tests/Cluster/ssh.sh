#!/usr/bin/env bash
# `sounder train --ranks N --hostfile FILE` by real ssh: three hosts (hosts.sh) with an sshd each, and keys that are
# made here. A rank that is killed on another host is started again; a host that ssh does not reach ends the job.
#   ssh.sh SOUNDER FOLDER
set -euo pipefail
cd "$(dirname "$0")/../.."
sounder=$1 folder=$2
root=$PWD
hosts=$folder/ssh
server=$(command -v sshd || echo /usr/sbin/sshd)
mkdir -p "$folder"
trap '"$root/Tests/Cluster/hosts.sh" down "$hosts"' EXIT
Tests/Cluster/hosts.sh up "$hosts" 3
cd "$folder"
if [ ! -e data.h5 ]; then (cd "$root" && scripts/convert-fashion.sh "$sounder" "$folder/data.h5" --quiet); fi

fail() {
  echo "ssh: $*" >&2
  exit 1
}

rm -f "$hosts/key" "$hosts/key.pub" "$hosts/host_key" "$hosts/host_key.pub"
ssh-keygen -q -t ed25519 -N '' -f "$hosts/key"
ssh-keygen -q -t ed25519 -N '' -f "$hosts/host_key"
# Nobody reaches the port from outside of the hosts' own network.
cat >"$hosts/sshd_config" <<CONF
Port 2222
HostKey $hosts/host_key
AuthorizedKeysFile $hosts/key.pub
PasswordAuthentication no
PermitRootLogin prohibit-password
StrictModes no
UsePAM no
PidFile none
CONF
cat >"$hosts/ssh_config" <<CONF
Host sh*
  User root
  Port 2222
  IdentityFile $hosts/key
  IdentitiesOnly yes
  BatchMode yes
  ConnectTimeout 5
  StrictHostKeyChecking no
  UserKnownHostsFile /dev/null
  LogLevel ERROR
CONF
chmod 600 "$hosts/key" "$hosts/host_key"
# sshd gives up root in this folder.
mkdir -p /run/sshd
for host in sh1 sh2 sh3; do
  "$hosts/on" "$host" "exec $server -D -e -f $hosts/sshd_config" </dev/null >"$hosts/sshd.$host" 2>&1 &
  disown
done
for host in sh1 sh2 sh3; do
  for _ in $(seq 50); do
    name=$("$hosts/on" sh1 "ssh -F $hosts/ssh_config $host hostname" 2>"$hosts/ssh.errors") && break
    sleep 0.1
  done
  [ "${name:-}" = "$host" ] || fail "no ssh to $host: $(cat "$hosts/ssh.errors" "$hosts/sshd.$host")"
  name=
done

# train NAME [OPTIONS]: as a user does on the first host; prints the training's last line of JSON
train() {
  local name=$1
  shift
  # The hosts share this machine's cores, which Open MPI cannot know.
  timeout --kill-after=5 240 "$hosts/on" sh1 "cd '$folder' && env OMPI_MCA_plm_rsh_args='-F $hosts/ssh_config' \
    OMPI_MCA_mpi_yield_when_idle=1 '$sounder' train '$root/jobs/fashion-mlp.yaml' --ranks 6 \
    --hostfile '$hosts/hosts' --json --overwrite --set 'data.train.file=$folder/data.h5' \
    --set 'data.validation.file=$folder/data.h5' --set 'output.model=$folder/$name.h5' $*" \
    2>"$name.errors" | tail -n 1
}
# ranks HOST: the processes of the ranks on a host
ranks() {
  local own process
  own=$(readlink "/proc/$(awk -v host="$1" '$2 == host { print $1 }' "$hosts/processes")/ns/net")
  for process in $(pgrep -x sounder); do
    if [ "$(readlink "/proc/$process/ns/net")" = "$own" ]; then echo "$process"; fi
  done
}

logins=$(cat "$hosts"/sshd.sh[23] | grep -c 'Accepted publickey')
line=$(train reached --set training.epochs=1) || fail "by ssh: $(cat reached.errors)"
grep -q '3 nodes' <<<"$line" || fail "the ranks are not on three hosts: $line"
[ "$(cat "$hosts"/sshd.sh[23] | grep -c 'Accepted publickey')" -ge $((logins + 2)) ] ||
  fail "the ranks did not come by ssh: $(cat "$hosts"/sshd.sh[23])"
[ -s reached.h5 ] || fail "no model was written: $(cat reached.errors)"
echo "--hostfile by ssh: three hosts trained"

train killed --max-restarts 3 --set training.epochs=4 >killed.json &
job=$!
for _ in $(seq 600); do
  if [ -e killed.checkpoint.h5 ]; then break; fi
  sleep 0.1
done
[ -e killed.checkpoint.h5 ] || fail "no checkpoint before the kill: $(cat killed.errors)"
victims=$(ranks sh3)
[ -n "$victims" ] || fail "no rank is on sh3: $(cat killed.errors)"
kill -KILL "${victims%%$'\n'*}"
wait "$job" || fail "after the kill: $(cat killed.errors)"
grep -q 'restart 1 of 3' killed.errors || fail "nothing was started again: $(cat killed.errors)"
grep -q 'resuming from ' killed.errors || fail "the second start did not resume: $(cat killed.errors)"
echo "--hostfile by ssh: a rank killed on another host, and started again from the checkpoint"

# A host whose sshd is gone, as where it is down.
for process in $(pgrep -f -- "$server -D -e -f $hosts/sshd_config"); do
  if [ "$(readlink "/proc/$process/ns/net")" = "$(readlink "/proc/$(awk '$2 == "sh3" { print $1 }' "$hosts/processes")/ns/net")" ]; then
    kill "$process"
  fi
done
status=0
train away --set training.epochs=1 >away.json || status=$?
[ "$status" -ne 0 ] && [ "$status" -ne 124 ] && [ "$status" -ne 137 ] ||
  fail "with a host that ssh does not reach the job ended with $status: $(cat away.errors)"
grep -q 'sounder: error: ' away.errors || fail "nobody says that a host is not reached: $(cat away.errors)"
echo "--hostfile by ssh: a host that is not reached ended the job with $status"
