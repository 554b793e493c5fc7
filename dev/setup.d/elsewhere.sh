# What to install on systems without apt. Sourced by dev/setup.

# Prints the commands for the package manager that is here; "$1": the missing needs.
tell_elsewhere() {
  say "missing: $1"
  if command -v brew >/dev/null || [ "$(uname -s)" = Darwin ]; then
    command -v brew >/dev/null || say "install Homebrew first: https://brew.sh"
    cat >&2 <<'TEXT'
    xcode-select --install                              # C compiler, make, libclang
    brew install postgresql@17 pgvector redis pgbouncer llvm
    export LIBCLANG_PATH="$(brew --prefix llvm)/lib"    # only if the build does not find libclang
    # HypoPG has no formula; build it against the same server:
    curl -fsSL https://github.com/HypoPG/hypopg/archive/refs/tags/1.4.1.tar.gz | tar xz
    make -C hypopg-1.4.1 install PG_CONFIG="$(brew --prefix postgresql@17)/bin/pg_config"
TEXT
  elif command -v dnf >/dev/null; then
    cat >&2 <<'TEXT'
    # Fedora:
    sudo dnf install gcc make clang-devel postgresql-server postgresql-contrib hypopg pgvector valkey-compat-redis pgbouncer
    # RHEL, Rocky, Alma (packages of the PostgreSQL project; see https://yum.postgresql.org for your release):
    sudo dnf install gcc make clang-devel postgresql17-server postgresql17-contrib hypopg_17 pgvector_17 redis pgbouncer
TEXT
  elif command -v pacman >/dev/null; then
    cat >&2 <<'TEXT'
    sudo pacman -S --needed gcc make clang postgresql pgvector valkey pgbouncer
    # HypoPG is in the AUR:
    git clone https://aur.archlinux.org/hypopg.git && (cd hypopg && makepkg -si)
TEXT
  elif command -v apk >/dev/null; then
    cat >&2 <<'TEXT'
    apk add bash build-base clang-dev clang-libclang postgresql17 postgresql17-contrib postgresql-pgvector redis pgbouncer
    # HypoPG has no package; build it against the same server:
    apk add postgresql17-dev curl
    curl -fsSL https://github.com/HypoPG/hypopg/archive/refs/tags/1.4.1.tar.gz | tar xz
    make -C hypopg-1.4.1 install with_llvm=no
TEXT
  else
    say "this package manager is not known here; install these and run 'dev/setup --check':"
    local need
    for need in $1; do say "    $need: $(what_for "$need")"; done
  fi
  say "nothing was changed; 'dev/setup --check' tells what is still missing"
}
