# `make help` lists the targets. Each one is a short script or a single command: read it there.
SHELL := /bin/bash
PREFIX ?= /usr/local

.PHONY: help doctor dependencies build test test-nightly test-slurm test-hosts test-interop test-tensorflow \
  check-mpich fuzz fuzz-short lint format docs bench bench-data bench-search demo demo-search examples install clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-15s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

doctor: ## say what is found, which version, and what to install
	@scripts/install-dependencies.sh --check build data
	@if [ -x .build/release/sounder ]; then .build/release/sounder doctor; fi

dependencies: ## install the system packages that are missing (apt)
	@scripts/install-dependencies.sh build data

build: ## build .build/release/sounder
	@scripts/install-dependencies.sh --check build
	swift build -c release --product sounder

test: ## install what is missing, build, run every test, count them (MPI=mpich: with MPICH)
	@MPI=$(MPI) scripts/test.sh

test-nightly: ## the slow ones: accuracy over seeds, three hosts, kills, simulate, Slurm's requeues (root), the suite with MPICH
	@scripts/nightly.sh

test-slurm: ## search on a Slurm cluster on loopback (root; skipped elsewhere)
	@scripts/test-slurm.sh

test-hosts: ## every mode on three hosts over TCP, made of network namespaces (root; skipped elsewhere)
	@scripts/test-hosts.sh

fuzz: ## damaged and hostile files for every reader, for HOURS=1 in all (TARGETS="csv npy" only some)
	@scripts/fuzz.sh $$(( $(or $(HOURS),1) * 3600 )) $(TARGETS)

fuzz-short: ## the same for a minute, from the seeds alone and always alike, as .ci/run does
	@scripts/fuzz.sh 60 $(TARGETS)

check-mpich: ## compile against MPICH, and look whose symbols are asked for
	@scripts/check-mpich.sh

test-interop: ## real Keras opens our model file, real Optuna goes on with our study
	@Tests/Interop/run.sh

test-tensorflow: ## real TensorFlow's SavedModels and checkpoints are converted (2 GB from PyPI)
	@Tests/Interop/tensorflow.sh

lint: ## check format, documentation comments and shell scripts
	@scripts/lint.sh

format: ## format the Swift sources in place
	swift format --in-place --parallel --recursive Sources Tests Examples Benchmarks Fuzz Package.swift

docs: ## write the API documentation to .build/docs, warnings are errors
	@scripts/docs.sh

bench: ## measure against JAX, PyTorch, TensorFlow, ONNX Runtime, mpi4py in one run, print ratios
	@Benchmarks/run.sh

bench-data: ## fit 10 million rows beside scikit-learn, train from 20 GiB, convert CSV: seconds and memory
	@Benchmarks/data.sh

bench-search: ## our sampler beside Optuna, HEBO … on 15 objectives (SEEDS=100-129 QUICK=1); resumes
	@Benchmarks/search/run.sh

demo: ## train on Fashion-MNIST with one server and two workers
	@scripts/demo.sh

demo-search: ## search its hyperparameters: two groups of two ranks, in under three minutes
	@scripts/demo-search.sh

examples: ## SparkFlow's three examples, a forecast, a text, an autoencoder's pictures: in full (ROWS=2000 EPOCHS=1 to try)
	@scripts/examples.sh

install: ## install the binary and the example jobs under PREFIX (default /usr/local)
	@scripts/install.sh "$(PREFIX)"

clean: ## remove everything that was built (not your models, not your data)
	rm -rf .build .build-*
