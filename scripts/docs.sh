#!/usr/bin/env bash
# Writes the API documentation of every library module to .build/docs. Warnings are errors.
#
# The symbols come out of the release build that `make test` made too, so that nothing is
# compiled a second time.
set -euo pipefail
cd "$(dirname "$0")/.."

scripts/install-dependencies.sh --check build >/dev/null
swift build -c release --product sounder
build=$(swift build -c release --show-bin-path)
target=$(swift -print-target-info | sed -n 's/.*"unversionedTriple" *: *"\([^"]*\)".*/\1/p' | head -n 1)
mapfile -t modules < <(sed -n 's/.*\.library(name: "\([^"]*\)".*/\1/p' Package.swift)

includes=(-I "$build/Modules")
for map in Sources/C*/module.modulemap; do includes+=(-I "$(dirname "$map")"); done
for map in "$build"/*.build/module.modulemap; do includes+=(-I "$(dirname "$map")"); done
includes+=(-I .build/checkouts/Yams/Sources/CYaml/include)
for flag in $(pkg-config --cflags "${SOUNDER_MPI:-ompi-c}" "${SOUNDER_HDF5:-hdf5}"); do
  includes+=(-Xcc "$flag")
done

rm -rf .build/docs .build/symbols
archives=()
for module in "${modules[@]}"; do
  mkdir -p ".build/symbols/$module"
  swift symbolgraph-extract -module-name "$module" -target "$target" "${includes[@]}" \
    -minimum-access-level public -skip-inherited-docs -output-dir ".build/symbols/$module"
  catalog=()
  if [ -d "Sources/$module/$module.docc" ]; then catalog=("Sources/$module/$module.docc"); fi
  docc convert "${catalog[@]}" --additional-symbol-graph-dir ".build/symbols/$module" \
    --fallback-display-name "$module" --fallback-bundle-identifier "sounder.$module" \
    --warnings-as-errors --output-path ".build/symbols/$module.doccarchive"
  archives+=(".build/symbols/$module.doccarchive")
done
docc merge "${archives[@]}" --synthesized-landing-page-name Sounder --output-path .build/docs
echo "docs: ${#modules[@]} modules (${modules[*]}) in .build/docs;" \
  "look at them with: python3 -m http.server --directory .build/docs, page /documentation"
