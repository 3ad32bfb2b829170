#!/usr/bin/env bash
# A real Slurm on loopback, for tests: munged, slurmctld and NODES slurmd, all on 127.0.0.1.
#
#   slurm.sh start FOLDER [NODES] [CPUS]     then: export SLURM_CONF=FOLDER/slurm.conf
#   slurm.sh stop FOLDER
#
# Needs root and Debian's slurm-wlm and munge; no systemd, no control groups, no database.
# SLURM_TEST_PORT (17000) is the first of the ports. Every virtual node has its own TmpFS: without it
# `srun --mpi=pmix` fails on more than one of them. With SLURM_TEST_HOSTS, a folder of hosts.sh, the nodes are
# those hosts, each with its own network, /dev/shm and slurmd; slurmctld is on the first.
set -euo pipefail

# Runs a program on a node: on its host where there are hosts, else here.
on() {
  local node=$1
  shift
  if [ -n "$hosts" ]; then exec "$hosts/on" "$node" exec "$@"; fi
  exec "$@"
}

configure() {
  local host address node_lines= node communication=CommunicationParameters=NoInAddrAny,NoCtldInAddrAny
  host=$(hostname -s)
  address=127.0.0.1
  if [ -n "$hosts" ]; then
    host=$(names | head -n 1)
    address=$(address_of "$host")
    communication=
    for node in $(names); do
      node_lines+="NodeName=$node NodeAddr=$(address_of "$node") Port=$((port + 1)) $(shape)"$'\n'
    done
  else
    node_lines="NodeName=n[1-$nodes] NodeHostname=$host NodeAddr=$address Port=$((port + 1))-$((port + nodes)) $(shape)"
  fi
  cat >"$folder/slurm.conf" <<CONF
ClusterName=loopback
SlurmctldHost=$host($address)
SlurmctldPort=$port
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
AuthInfo=socket=$folder/run/munge.sock
CredType=cred/munge
$communication
StateSaveLocation=$folder/state
SlurmdSpoolDir=$folder/spool.%n
TmpFS=$folder/tmp.%n
SlurmctldPidFile=$folder/run/slurmctld.pid
SlurmdPidFile=$folder/run/slurmd.%n.pid
SlurmctldLogFile=$folder/log/slurmctld.log
SlurmdLogFile=$folder/log/slurmd.%n.log
MailProg=/bin/true
SwitchType=switch/none
MpiDefault=none
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
JobCompType=jobcomp/filetxt
JobCompLoc=$folder/log/jobcomp.txt
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
SchedulerType=sched/backfill
SchedulerParameters=sched_interval=1,bf_interval=2,requeue_setup_env_fail,min_job_age=600
SlurmdParameters=config_overrides
ReturnToService=2
MinJobAge=600
KillWait=5
InactiveLimit=0
JobRequeue=1
Waittime=0
SrunPortRange=$((port + 200))-$((port + 399))
SlurmctldTimeout=30
SlurmdTimeout=60
TreeWidth=16
PropagateResourceLimits=NONE
$node_lines
PartitionName=main Nodes=ALL Default=YES MaxTime=60 DefaultTime=5 State=UP OverSubscribe=NO
CONF
  cat >"$folder/cgroup.conf" <<CONF
CgroupAutomount=no
ConstrainCores=no
ConstrainRAMSpace=no
CONF
}

shape() {
  echo "CPUs=$cpus Boards=1 SocketsPerBoard=1 CoresPerSocket=$cpus ThreadsPerCore=1 RealMemory=2000 State=UNKNOWN"
}
names() { if [ -n "$hosts" ]; then awk '{ print $1 }' "$hosts/hosts"; else seq -f 'n%g' "$nodes"; fi; }
address_of() { awk -v host="$1" '$2 == host { print $1 }' "$hosts/addresses"; }

# A command of Slurm, where its controller can be reached.
on_first() { (on "$(names | head -n 1)" env SLURM_CONF="$folder/slurm.conf" "$@"); }

start() {
  mkdir -p "$folder"/{state,log,run,etc}
  chmod 755 "$folder" "$folder/run"
  : >"$folder/pids"
  configure
  if [ ! -s "$folder/etc/munge.key" ]; then
    (umask 077 && dd if=/dev/urandom of="$folder/etc/munge.key" bs=128 count=1 status=none)
  fi
  munged --force --foreground --num-threads=2 --key-file="$folder/etc/munge.key" \
    --socket="$folder/run/munge.sock" --pid-file="$folder/run/munged.pid" \
    --log-file="$folder/log/munged.log" --seed-file="$folder/run/munge.seed" \
    >"$folder/log/munged.out" 2>&1 &
  echo "$! munged" >>"$folder/pids"
  for _ in $(seq 50); do
    if [ -S "$folder/run/munge.sock" ]; then break; fi
    sleep 0.1
  done

  export SLURM_CONF=$folder/slurm.conf
  (on "$(names | head -n 1)" slurmctld -D -c -f "$SLURM_CONF") >"$folder/log/slurmctld.out" 2>&1 &
  echo "$! slurmctld" >>"$folder/pids"
  local node up=0
  for node in $(names); do
    mkdir -p "$folder/spool.$node" "$folder/tmp.$node"
    (on "$node" slurmd -D -N "$node" -f "$SLURM_CONF") >"$folder/log/slurmd.$node.out" 2>&1 &
    echo "$! slurmd" >>"$folder/pids"
  done
  for _ in $(seq 100); do
    up=$(on_first sinfo -h -N -o '%T' 2>/dev/null | grep -c idle || true)
    if [ "$up" = "$nodes" ]; then
      echo "slurm is up with $nodes nodes of $cpus CPUs"
      return 0
    fi
    sleep 0.2
  done
  echo "slurm did not come up ($up of $nodes nodes): see $folder/log" >&2
  return 1
}

# Ends what start began, by process id, and only where the id still is that program's.
stop() {
  local pid name
  if [ ! -e "$folder/pids" ]; then return 0; fi
  on_first timeout 10 scancel -f -u root 2>/dev/null || true
  sleep 1
  for signal in TERM KILL; do
    while read -r pid name; do
      if [ "$(cat "/proc/$pid/comm" 2>/dev/null)" = "$name" ]; then kill -"$signal" "$pid" || true; fi
    done < <(tac "$folder/pids")
    sleep 1
  done
  rm -f "$folder/pids"
}

action=${1:?use: slurm.sh start FOLDER [NODES] [CPUS], or: slurm.sh stop FOLDER}
folder=$(realpath -m "${2:?the folder is missing}")
hosts=${SLURM_TEST_HOSTS:-}
nodes=${3:-2}
if [ -n "$hosts" ]; then nodes=$(wc -l <"$hosts/hosts"); fi
cpus=${4:-4}
port=${SLURM_TEST_PORT:-17000}
case $action in
  start) start ;;
  stop) stop ;;
  *)
    echo "unknown action $action: give start or stop" >&2
    exit 64
    ;;
esac
