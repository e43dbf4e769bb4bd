# Shared by the scripts beside it.
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

say() { printf '%s\n' "$*" >&2; }

# fail SENTENCE: ends the script.
fail() {
  say "$(basename "$0"): $*"
  exit 1
}

# How many files to compile at once: one a core, and 2 GB of memory for each.
jobs() { awk -v cores="$(nproc)" '/^MemAvailable/ { n = int($2 / 2097152); print n < 1 ? 1 : n < cores ? n : cores }' \
  /proc/meminfo; }

# configure CMAKE_ARGUMENTS...: makes build/release ready; its output is shown only when it fails.
configure() {
  local log
  log=$(mktemp)
  if ! cmake --preset release -S "$root" "$@" >"$log" 2>&1 </dev/null; then
    cat "$log" >&2
    rm -f "$log"
    fail "cmake could not configure the build; its messages are above"
  fi
  rm -f "$log"
}
