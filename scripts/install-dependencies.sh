#!/usr/bin/env bash
# Installs the system packages that Sounder needs and that are missing, and nothing else.
#
#   scripts/install-dependencies.sh [--check] [GROUP...]
#
# GROUP: build (default), data (Fashion-MNIST), python, mpich, slurm, hosts, ssh.
# --check only reports, and fails when something is missing. What is there already, from wherever
# (another MPI through PKG_CONFIG_PATH and SOUNDER_MPI, say), is left alone.
set -euo pipefail

oldest_swift=6.2
packages=()
say() { printf '%s\n' "$*"; }

# need NAME PACKAGE COMMAND...: reports NAME as found when COMMAND succeeds, else notes PACKAGE.
need() {
  local name=$1 package=$2
  shift 2
  if "$@" >/dev/null 2>&1; then
    if $check; then say "found    $name"; fi
  else
    if $check; then say "missing  $name (Debian package $package)"; fi
    packages+=("$package")
  fi
}

library() { pkg-config --exists "$1"; }
header() {
  local folder IFS=:
  for folder in ${CPATH:-} ${C_INCLUDE_PATH:-} /usr/include /usr/local/include; do
    if [ -e "$folder/$1" ]; then return 0; fi
  done
  return 1
}

need_build() {
  need "pkg-config" pkg-config command -v pkg-config
  need "mpirun" openmpi-bin command -v mpirun
  need "MPI headers (pkg-config ${SOUNDER_MPI:-ompi-c})" libopenmpi-dev \
    library "${SOUNDER_MPI:-ompi-c}"
  need "HDF5 (pkg-config ${SOUNDER_HDF5:-hdf5})" libhdf5-dev library "${SOUNDER_HDF5:-hdf5}"
  need "oneDNN (dnnl.h)" libdnnl-dev header dnnl.h
  need "LAPACKE (lapacke.h)" liblapacke-dev header lapacke.h
  need "zlib (pkg-config zlib)" zlib1g-dev library zlib
  need "libdeflate (pkg-config libdeflate)" libdeflate-dev library libdeflate
}
need_data() {
  need "Fashion-MNIST" dataset-fashion-mnist \
    test -e /usr/share/datasets/fashion-mnist/train-images-idx3-ubyte.gz
}
need_python() {
  need "Python's venv" python3-venv python3 -c 'import venv, ensurepip'
}
need_mpich() {
  need "MPICH headers (pkg-config mpich)" libmpich-dev library mpich
  need "MPICH's launcher" mpich command -v mpirun.mpich
}
need_hosts() {
  need "ip (iproute2)" iproute2 command -v ip
}
need_ssh() {
  need "sshd" openssh-server test -x "$(command -v sshd || echo /usr/sbin/sshd)"
  need "ssh" openssh-client command -v ssh-keygen
}
need_slurm() {
  need "Slurm" slurm-wlm command -v slurmctld
  need "munge" munge command -v munged
}

check_swift() {
  if ! command -v swift >/dev/null; then
    say "swift is missing: install Swift $oldest_swift or newer (https://www.swift.org/install)," \
      "put it on PATH and run this again." >&2
    return 1
  fi
  local version
  version=$(swift --version 2>/dev/null | sed -n 's/.*Swift version \([0-9][0-9.]*\).*/\1/p' | head -n 1)
  if [ "$(printf '%s\n' "$oldest_swift" "${version:-0}" | sort -V | head -n 1)" != "$oldest_swift" ]; then
    say "swift is ${version:-of an unknown version} at $(command -v swift): Sounder needs" \
      "$oldest_swift or newer (https://www.swift.org/install)." >&2
    return 1
  fi
  if $check; then say "found    Swift $version"; fi
}

install_packages() {
  local root=()
  if ! command -v apt-get >/dev/null; then
    say "These are missing and there is no apt-get here: ${packages[*]} (Debian's names)." \
      "Install them with this system's packager, or load the cluster's modules." >&2
    return 1
  fi
  if [ "$(id -u)" -ne 0 ]; then
    if ! command -v sudo >/dev/null; then
      say "These are missing, and installing them needs root: apt-get install ${packages[*]}" >&2
      return 1
    fi
    root=(sudo)
  fi
  say "Installing ${packages[*]}"
  "${root[@]}" apt-get -o DPkg::Lock::Timeout=120 update -qq
  "${root[@]}" env DEBIAN_FRONTEND=noninteractive \
    apt-get -o DPkg::Lock::Timeout=120 -o Dpkg::Use-Pty=0 install -y -qq \
    --no-install-recommends "${packages[@]}"
}

check=false
groups=()
for argument in "$@"; do
  case $argument in
    --check) check=true ;;
    build | data | python | mpich | slurm | hosts | ssh) groups+=("$argument") ;;
    *)
      say "unknown argument $argument: give --check, build, data, python, mpich, slurm, hosts or ssh" >&2
      exit 64
      ;;
  esac
done

check_swift
for group in "${groups[@]:-build}"; do "need_$group"; done
if [ ${#packages[@]} -eq 0 ]; then exit 0; fi
if $check; then
  say "Install what is missing with: scripts/install-dependencies.sh ${groups[*]:-build}" >&2
  exit 1
fi
install_packages
