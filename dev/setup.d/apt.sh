# Installing with apt (Debian, Ubuntu and their kin). Sourced by dev/setup; runs as root.
#
# The packages of servers would start them, enable them at boot and, for PostgreSQL, create a cluster. While this
# runs, a policy forbids the starts and a line in a configuration file the cluster; both are taken back at the end,
# whatever the end is. A run that was killed left its marks, and the next run removes them.

mark='freehold dev/setup, temporary'
policy=/usr/sbin/policy-rc.d
policy_saved=/usr/sbin/policy-rc.d.freehold-saved
cluster_conf=/etc/postgresql-common/createcluster.conf
# The packages that this run brings and whose services it has to disable; a file, so that a killed run is made good.
brought=/var/lib/misc/freehold-setup.brought
service_packages="redis-server pgbouncer postgresql-common"

forbid_starts() {
  take_back_policy
  [ ! -e "$policy" ] || mv "$policy" "$policy_saved"
  printf '#!/bin/sh\n# %s\nexit 101\n' "$mark" >"$policy"
  chmod 755 "$policy"
}

take_back_policy() {
  if [ -f "$policy" ] && grep -q "$mark" "$policy"; then rm -f "$policy"; fi
  if [ -e "$policy_saved" ] && [ ! -e "$policy" ]; then mv "$policy_saved" "$policy"; fi
}

forbid_cluster() {
  allow_cluster
  printf 'create_main_cluster = false # %s\n' "$mark" >>"$cluster_conf"
}

allow_cluster() { [ ! -f "$cluster_conf" ] || sed -i "\\|$mark|d" "$cluster_conf"; }

clean_up() {
  local status=$?
  trap - EXIT
  disable_arrived
  allow_cluster
  take_back_policy
  [ -z "${work-}" ] || rm -rf "$work"
  exit "$status"
}

is_installed() { [ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" = installed ]; }
# Without a pipe: `grep -q` would end before apt-cache does, and that counts as a failure under pipefail.
has_candidate() { [[ "$(LC_ALL=C apt-cache policy "$1" 2>/dev/null)" == *'  Candidate: '[!\(]* ]]; }

# Prints what the first "Depends" of a package matches in the parentheses of the pattern "$2".
first_dependency() {
  LC_ALL=C apt-cache depends "$1" 2>/dev/null | sed -nE "s/.*Depends: $2\$/\\1/p" | sort -rn | sed -n 1p
}

# Runs an apt-get command quietly; waits for other users of apt's locks; on failure leaves the words in $work/log.
apt_quietly() {
  local tries=0
  while ! DEBIAN_FRONTEND=noninteractive NEEDRESTART_SUSPEND=1 LC_ALL=C apt-get -qq -y \
    -o DPkg::Lock::Timeout=120 -o Acquire::Retries=2 -o Dpkg::Options::=--force-confdef \
    -o Dpkg::Options::=--force-confold "$@" >"$work/log" 2>&1 </dev/null; do
    # Lists and archives have locks of their own, which DPkg::Lock::Timeout does not wait for.
    grep -Eq 'Could not get lock|Unable to (acquire|lock)' "$work/log" && [ "$tries" -lt 60 ] || return 1
    tries=$((tries + 1))
    sleep 2
  done
}

# Shows the end of the log and stops; "$*": what was being done.
apt_failed() {
  say "could not $*. apt says:"
  grep -E '^(E|W|Err|dpkg): ?|[Ee]rror' "$work/log" | tail -n 12 | sed 's/^/    /' >&2 || tail -n 12 "$work/log" >&2
  if grep -Eq 'Temporary failure resolving|Could not (connect|resolve)|Failed to fetch|Unable to connect' "$work/log"; then
    say "the package mirror cannot be reached: check the network, the proxy and /etc/apt/sources.list(.d)"
  elif grep -q 'dpkg was interrupted' "$work/log"; then
    say "an earlier installation was interrupted: run 'dpkg --configure -a', then this again"
  elif grep -q 'Could not get lock' "$work/log"; then
    say "another program is installing packages: wait for it, then run this again"
  fi
  exit 1
}

# `apt-get update` also succeeds when nothing could be fetched, so its warnings are looked at as well.
updated=no
update_lists() {
  [ "$updated" = no ] || return 0
  updated=yes
  say "fetching the package lists"
  apt_quietly update || apt_failed "fetch the package lists"
  ! grep -q 'Some index files failed to download' "$work/log" || apt_failed "fetch the package lists"
}

# Installs packages; fetches the lists first when a package is unknown, and after a failure (old lists name versions
# that the mirror no longer has).
install_packages() {
  local package
  for package in "$@"; do has_candidate "$package" || update_lists; done
  for package in "$@"; do
    has_candidate "$package" || die "the package $package is not offered by any source in /etc/apt/sources.list(.d)"
  done
  say "installing $*"
  apt_quietly install --no-install-recommends "$@" && return 0
  [ "$updated" = no ] || apt_failed "install $*"
  update_lists
  apt_quietly install --no-install-recommends "$@" || apt_failed "install $*"
}

# Prints libclang's packages: the shared library and clang's headers alone are a third of libclang-dev.
libclang_packages() {
  local version
  version=$(first_dependency libclang-dev 'libclang-([0-9]+)-dev')
  if [ -n "$version" ] && has_candidate "libclang1-$version" && has_candidate "libclang-common-$version-dev"; then
    echo "libclang1-$version libclang-common-$version-dev"
  else
    echo libclang-dev
  fi
}

# Prints the PostgreSQL major to install for: the one that is here already, else the distribution's.
apt_major() {
  local newest
  choose_server
  case "$pg_bin" in
    '') newest=$(first_dependency postgresql 'postgresql-([0-9]+)') ;;
    /usr/lib/postgresql/*) newest=$pg_major ;;
    *) die "extensions are missing for the server in $pg_bin, which is not apt's: install them there, or unset FREEHOLD_PG_BIN" ;;
  esac
  [ -n "$newest" ] || die "apt offers no package 'postgresql'"
  if [ "$newest" -lt "$pg_oldest" ] || [ "$newest" -gt "$pg_newest" ]; then
    die "apt offers PostgreSQL $newest, Freehold serves $pg_oldest to $pg_newest: add the source of" \
      "https://wiki.postgresql.org/wiki/Apt and install postgresql-$pg_newest"
  fi
  echo "$newest"
}

# Stops the services of packages that this run brought from starting at the next boot.
disable_arrived() {
  local package unit
  while read -r package; do
    is_installed "$package" || continue
    unit=$package
    [ "$package" != postgresql-common ] || unit=postgresql
    if command -v systemctl >/dev/null; then
      systemctl disable --quiet "$unit" >/dev/null 2>&1 || say "note: 'systemctl disable $unit' did not succeed"
    else
      deb-systemd-helper disable "$unit.service" >/dev/null 2>&1 || true
      update-rc.d "$unit" disable >/dev/null 2>&1 || true
    fi
  done <"$brought"
  rm -f "$brought"
}

# Installs everything that is missing; "$1": the needs.
install_with_apt() {
  local missing=" $1 " major packages=() package
  work=$(mktemp -d)
  chmod 755 "$work" # apt fetches as the user _apt
  mkdir -p /var/lock/ /var/lib/misc
  exec 9>/var/lock/freehold-setup.lock
  flock -w 900 9 || die "another dev/setup has been running for 15 minutes; wait for it"
  # Only now: a run that still waits must not take back what the running one forbids.
  trap clean_up EXIT
  trap 'exit 130' INT
  trap 'exit 143' TERM

  touch "$brought"
  has_candidate libclang-dev || update_lists
  for package in $service_packages; do is_installed "$package" || echo "$package" >>"$brought"; done
  forbid_starts

  [[ "$missing" != *' cc '* ]] || packages+=(gcc libc6-dev)
  [[ "$missing" != *' make '* ]] || packages+=(make)
  # shellcheck disable=SC2207
  [[ "$missing" != *clang* ]] || packages+=($(libclang_packages))
  [[ "$missing" != *' redis '* ]] || packages+=(redis-server)
  [[ "$missing" != *' pgbouncer '* ]] || packages+=(pgbouncer)

  local about_server=' (postgresql|contrib|hypopg|pgvector) '
  if [[ "$missing" =~ $about_server ]]; then
    major=$(apt_major)
    if ! is_installed "postgresql-$major"; then
      # The cluster is forbidden in a file of postgresql-common, which therefore has to be there first.
      is_installed postgresql-common || install_packages postgresql-common
      forbid_cluster
      packages+=("postgresql-$major")
    fi
    if [[ "$missing" == *' contrib '* ]] && has_candidate "postgresql-contrib-$major"; then
      packages+=("postgresql-contrib-$major") # a package of its own in some sources
    fi
    [[ "$missing" != *' hypopg '* ]] || packages+=("postgresql-$major-hypopg")
    if [[ "$missing" == *' pgvector '* ]] && has_candidate "postgresql-$major-pgvector"; then
      packages+=("postgresql-$major-pgvector")
    fi
  fi
  [ "${#packages[@]}" -eq 0 ] || install_packages "${packages[@]}"
  choose_server
  if ! has_extension vector; then
    # shellcheck source=dev/setup.d/pgvector.sh
    . "$here/setup.d/pgvector.sh"
    build_pgvector "$pg_major" "$pg_bin"
  fi
  # What was forbidden is allowed again by clean_up, at the end of the program.
}
