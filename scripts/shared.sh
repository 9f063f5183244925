# Sourced by the scripts beside it (`. scripts/shared.sh`), never run: where the project is, how to say things, and the
# one place that installs packages. POSIX sh, because a bare Debian has dash and nothing else.

# The project's folder, whatever folder the caller stands in.
top=$(cd "$(dirname "$0")/.." && pwd)

say() { printf '%s\n' "stator: $*" >&2; }
die() { say "$*"; exit 1; }

build_packages="g++ cmake ninja-build pkg-config libcpp-httplib-dev libboost-dev rapidjson-dev libsqlite3-dev libcli11-dev
  libssl-dev zlib1g-dev libzstd-dev libyaml-cpp-dev libpcre2-dev libgtest-dev libgmock-dev"

# need_packages NAME...: installs those of Debian's packages that are missing. As root, or through sudo.
need_packages() {
  missing=
  for package in "$@"; do
    dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing="$missing $package"
  done
  [ -n "$missing" ] || return 0
  command -v apt-get >/dev/null || die "these packages are missing, and this is no Debian to install them from:$missing"
  as_root=
  if [ "$(id -u)" != 0 ]; then
    command -v sudo >/dev/null || die "run this as root or install sudo; it needs to install:$missing"
    as_root=sudo
  fi
  say "installing$missing"
  log=$(mktemp)
  # One at a time: apt-get does not wait for another's update.
  exec 8>"${TMPDIR:-/tmp}/stator-packages.lock"
  flock 8
  # shellcheck disable=SC2086
  if ! { $as_root apt-get -q -o DPkg::Lock::Timeout=600 update &&
         $as_root env DEBIAN_FRONTEND=noninteractive apt-get -q -y -o DPkg::Lock::Timeout=600 install \
           --no-install-recommends $missing; } >"$log" 2>&1; then
    tail -20 "$log" >&2
    rm -f "$log"
    die "could not install:$missing"
  fi
  rm -f "$log"
  exec 8>&-
}

# need_command COMMAND PACKAGE...: installs the packages only where nothing on the PATH answers to the command already.
need_command() {
  wanted=$1
  shift
  command -v "$wanted" >/dev/null || need_packages "$@"
}
