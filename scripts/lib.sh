# Sourced by the other scripts: where things live, and how they speak. Bash 3.2 (macOS) must understand it.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
# A fresh clone on the same machine finds the tools and the compiled dependencies here again.
cache=${LATCHKEY_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/latchkey}
tools=$cache/tools
export CARGO_TARGET_DIR=${CARGO_TARGET_DIR:-$cache/target}

# The CLI writes code for exactly one version of the crate.
wasm_bindgen=$(awk '/^name = "wasm-bindgen"$/ { getline; gsub(/"/, "", $3); print $3 }' "$root/Cargo.lock")
export PATH="$root/node_modules/.bin:$tools/wasm-bindgen-$wasm_bindgen/bin:$tools/nextest/bin:$PATH:$HOME/.cargo/bin"

say() { printf '==> %s\n' "$*" >&2; }
die() { printf 'error: %s\n' "$*" >&2; exit 1; }
has() { command -v "$1" >/dev/null 2>&1; }

# Which Rust builds the WASM: `default` (the one on PATH) or `debian` (the package rustc-web), or nothing when neither can.
wasm_toolchain() {
  local std=lib/rustlib/wasm32-unknown-unknown/lib
  if [ "${LATCHKEY_WASM_TOOLCHAIN:-}" != debian ] && compgen -G "$(rustc --print sysroot)/$std/libstd-*.rlib" >/dev/null; then
    echo default
  elif [ -x /usr/bin/rustc ] && [ "$(cat "/usr/$std/.built-by" 2>/dev/null)" = "$(/usr/bin/rustc --version)" ]; then
    echo debian
  fi
}

# One at a time at $dir: the folder beside it is the lock, the number in it whose it is, so that a killed run locks nobody out.
lock() {
  local tries=0
  until mkdir "$dir.lock" 2>/dev/null; do
    tries=$((tries + 1))
    if [ $((tries % 20)) = 0 ] && ! kill -0 "$(cat "$dir.lock/pid" 2>/dev/null || echo 0)" 2>/dev/null; then rm -rf "$dir.lock"; fi
    [ $tries -lt 1200 ] || die "another start of a test server has been holding $dir.lock for two minutes"
    sleep 0.1
  done
  echo $$ > "$dir.lock/pid"
  trap 'rm -rf "$dir.lock"' EXIT
}

free_port() { node -e 'const s = require("net").createServer().listen(0, "127.0.0.1", () => { console.log(s.address().port); s.close() })'; }
