#!/usr/bin/env bash
# Writes a part of Debian's Fashion-MNIST as the CSV file that SparkFlow's examples read: the label and
# 784 bytes a line, without names.
#   scripts/fashion-csv.sh train|t10k OUTPUT.csv [ROWS]
set -euo pipefail
part=$1
output=$2
rows=${3:-60000}
from=/usr/share/datasets/fashion-mnist
# head ends the pipes early, which is no failure here.
set +o pipefail
paste -d , \
  <(zcat $from/"$part"-labels-idx1-ubyte.gz | tail -c +9 | od -An -v -tu1 -w1 | tr -d ' ') \
  <(zcat $from/"$part"-images-idx3-ubyte.gz | tail -c +17 | od -An -v -tu1 -w784 |
    sed 's/^ *//; s/  */,/g') | head -n "$rows" > "$output"
