# Sourced by the scripts of this folder: trains on the data named on the command line and appends rows to a table.
# Usage: source train-rows.sh TABLE "$@"
if (($# < 2)); then
  echo "Usage: $0 DATA…   (.npy or .safetensors files, or folders of them)" >&2
  exit 2
fi
table=bench/results/$1
shift
data=()
for path in "$@"; do
  data+=(--data "$(realpath "$path")")
done
names=$(printf '%s ' "${@##*/}")
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

runs=$(mktemp -d)
trap 'rm -rf "$runs"' EXIT
commit=$(git describe --always --dirty)
processor=$(awk -F': ' '/model name/ { gsub(/,/, "", $2); print $2; exit }' /proc/cpuinfo)
dotnet build -c Release -v quiet src/SaeKernels.Cli
mkdir -p bench/results
if [[ ! -s $table ]]; then
  echo "commit,date,processor,threads,data,latents,k,seed,lr,fvu,l0,dead_fraction,tokens_per_second,seconds" >"$table"
fi

figure() { # figure <name> <file>: the last number of that name in a JSON file
  sed -n "s/.*\"$1\": *\([-0-9.eE+]*\).*/\1/p" "$2" | tail -n 1
}

train_row() { # train_row <latents> <k> <seed> <further options of sae train…>
  local latents=$1 k=$2 seed=$3 run begin=$SECONDS row
  shift 3
  run=$(mktemp -d "$runs/XXXXXX")
  dotnet artifacts/bin/SaeKernels.Cli/release/sae.dll train "${data[@]}" --out "$run" \
    --latents "$latents" --k "$k" --seed "$seed" --device cpu "$@" >&2
  row="$commit,$(date -u +%F),$processor,$(nproc),${names% },$latents,$k,$seed,$(figure learning_rate "$run/run.json")"
  for name in fvu l0 dead_fraction; do
    row+=",$(figure "$name" "$run/eval.json")"
  done
  row+=",$(awk -F, 'NR > 1 { tokens = $2; seconds = $NF } END { printf "%.0f", tokens / seconds }' "$run/metrics.csv")"
  echo "$row,$((SECONDS - begin))" | tee -a "$table"
}
