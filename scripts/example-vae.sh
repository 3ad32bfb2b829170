#!/usr/bin/env bash
# Trains a variational autoencoder on Fashion-MNIST with one server and two workers, and writes a sheet of
# 64 pictures that its decoder draws: vae.png. What is there already is replaced.
set -euo pipefail
cd "$(dirname "$0")/.."
data=data/fashion-mnist.h5

scripts/install-dependencies.sh build data
swift build -c release --product sounder
swift build -c release --product 08-vae
folder=$(swift build -c release --show-bin-path)
if [ ! -e $data ]; then
  mkdir -p data
  scripts/convert-fashion.sh "$folder/sounder" $data
fi
rm -f vae.png vae.png.decoder.h5
# Open MPI: also with fewer cores than ranks, and for root in a container.
export OMPI_MCA_rmaps_base_oversubscribe=1 OMPI_MCA_hwloc_base_binding_policy=none
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
mpirun -n 3 "$folder/08-vae" vae.png $data train/features
stat -c '%12s bytes  %n' vae.png vae.png.decoder.h5
