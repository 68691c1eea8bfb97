#!/usr/bin/env bash
# The one test command: installs what is missing, then runs the Rust tests on SQLite, the same on a throwaway
# PostgreSQL, and the browser flows. Ends with one line "N passed, N failed"; exits non-zero if anything failed.
#
#   bash tests/all.sh                 everything
#   bash tests/all.sh rust            one part: rust, postgres or browser (several may be named)
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.." || exit 1
exec </dev/null

parts=("$@")
[ ${#parts[@]} -gt 0 ] || parts=(rust postgres browser)
passed=0 failed=0 scratch=''

main() {
  local part
  for part in "${parts[@]}"; do
    case "$part" in
      rust | postgres | browser) ;;
      *) stop "no such part: $part (there are rust, postgres and browser)" ;;
    esac
  done
  scratch=$(mktemp -d) || stop 'no temporary folder could be made'
  trap clean_up EXIT
  trap 'exit 130' INT TERM
  install_missing
  for part in "${parts[@]}"; do "run_$part"; done
  echo
  echo "$passed passed, $failed failed"
  [ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
}

run_rust() {
  heading 'Rust tests on SQLite'
  unset TEST_DATABASE_URL
  rust_tests --all-targets
}

run_postgres() {
  heading 'Rust tests on PostgreSQL'
  start_postgres
  TEST_DATABASE_URL="$postgres_url" rust_tests --test it
  stop_postgres
}

run_browser() {
  heading 'Browser flows'
  if ! cargo build --quiet --bin musubi; then count 0 1; return; fi
  if ! (cd tests/browser && npm ci --no-audit --no-fund --loglevel=error); then count 0 1; return; fi
  local log="$scratch/browser.log"
  (cd tests/browser && CHROMIUM="$(chromium_path)" node --test --test-timeout=600000 --test-reporter=tap ./*.test.mjs) 2>&1 | tee "$log"
  count "$(number '^# pass \([0-9]*\)$' "$log")" "$(number '^# fail \([0-9]*\)$' "$log")"
}

# Runs the Rust tests with cargo-nextest if it is there, else with cargo test.
rust_tests() {
  local log="$scratch/rust.log" status good bad
  if cargo nextest --version >/dev/null 2>&1; then
    cargo nextest run --no-fail-fast --color=never --status-level=fail --final-status-level=fail \
      --failure-output=immediate "$@" 2>&1 | tee "$log"
    status=${PIPESTATUS[0]}
    good=$(number '^ *Summary .* \([0-9][0-9]*\) passed.*' "$log")
    bad=$(sum "$(number '^ *Summary .* \([0-9][0-9]*\) failed.*' "$log")" \
      "$(number '^ *Summary .* \([0-9][0-9]*\) timed out.*' "$log")")
  else
    cargo test --no-fail-fast "$@" 2>&1 | tee "$log"
    status=${PIPESTATUS[0]}
    good=$(number '^test result: .* \([0-9][0-9]*\) passed;.*' "$log")
    bad=$(number '^test result: .* \([0-9][0-9]*\) failed;.*' "$log")
  fi
  # Something that does not compile has no summary, and still is a failure.
  [ "$status" -eq 0 ] || [ "$bad" -gt 0 ] || bad=1
  count "$good" "$bad"
}

# A server of our own on a unix socket in a temporary folder: nothing is kept, nothing listens on the network.
start_postgres() {
  postgres_bin=$(dirname "$(ls -d /usr/lib/postgresql/*/bin/initdb | sort -V | tail -1)")
  # A socket's path may hold 107 bytes, so it does not stand under a long TMPDIR.
  postgres_home=$(mktemp -d /tmp/musubi-postgres.XXXXXX)
  [ "$(id -u)" -ne 0 ] || chown postgres: "$postgres_home"
  as_postgres "$postgres_bin/initdb" --no-sync --auth=trust --username=postgres --locale=C --encoding=UTF8 \
    --pgdata="$postgres_home/data" >"$scratch/initdb.log" 2>&1 || { cat "$scratch/initdb.log"; stop 'initdb failed'; }
  as_postgres "$postgres_bin/pg_ctl" --pgdata="$postgres_home/data" --log="$postgres_home/log" --wait --silent start \
    -o "-k $postgres_home -c listen_addresses='' -c fsync=off -c synchronous_commit=off -c full_page_writes=off -c max_connections=300" ||
    { cat "$postgres_home/log"; stop 'PostgreSQL did not start'; }
  postgres_url="postgres://postgres@localhost/postgres?host=$postgres_home"
}

stop_postgres() {
  [ -n "${postgres_home:-}" ] || return 0
  # pg_ctl reads the process id from our own data folder; no other server is touched.
  [ ! -e "$postgres_home/data/postmaster.pid" ] ||
    as_postgres "$postgres_bin/pg_ctl" --pgdata="$postgres_home/data" --mode=immediate --silent stop
  rm -rf -- "$postgres_home"
  postgres_home=''
}

as_postgres() {
  if [ "$(id -u)" -eq 0 ]; then (cd / && runuser -u postgres -- "$@"); else "$@"; fi
}

clean_up() {
  local status=$?
  stop_postgres
  [ -z "$scratch" ] || rm -rf -- "$scratch"
  exit "$status"
}

# Debian packages for the parts that run. Without root it says the exact line and stops; nothing is skipped.
install_missing() {
  command -v cargo >/dev/null || stop 'Rust is missing: see https://rustup.rs'
  local packages=()
  command -v cc >/dev/null || packages+=(gcc libc6-dev)
  if wanted postgres; then
    compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null || packages+=(postgresql)
  fi
  if wanted browser; then
    command -v node >/dev/null && command -v npm >/dev/null || packages+=(nodejs npm)
    [ -n "$(chromium_path)" ] || packages+=(chromium)
    fc-list 2>/dev/null | grep -q 'Noto.*CJK' || packages+=(fontconfig fonts-noto-cjk)
  fi
  [ ${#packages[@]} -gt 0 ] || return 0
  if [ "$(id -u)" -ne 0 ] || ! command -v apt-get >/dev/null; then
    stop "missing; please run: sudo apt-get update && sudo apt-get install --yes --no-install-recommends ${packages[*]}"
  fi
  echo "installing ${packages[*]}"
  # Debian would start a server of its own; the tests bring theirs.
  [ ! -d /etc/postgresql-common ] && mkdir -p /etc/postgresql-common && echo 'create_main_cluster = false' >/etc/postgresql-common/createcluster.conf
  { apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install --yes --no-install-recommends "${packages[@]}"; } \
    >"$scratch/apt.log" 2>&1 || { tail -20 "$scratch/apt.log"; stop "could not install ${packages[*]}"; }
}

chromium_path() { command -v "${CHROMIUM:-chromium}" || command -v chromium-browser || command -v google-chrome; }

wanted() {
  local part
  for part in "${parts[@]}"; do [ "$part" != "$1" ] || return 0; done
  return 1
}

# The sum of the numbers that a pattern finds in a log; 0 where it finds none.
number() { sed -n "s/$1/\1/p" "$2" | awk '{ sum += $1 } END { print sum + 0 }'; }
sum() { echo $(($1 + $2)); }
count() { passed=$((passed + $1)) failed=$((failed + $2)); }
heading() { printf '\n== %s ==\n' "$1"; }
stop() { echo "tests/all.sh: $1" >&2; exit 1; }

main
