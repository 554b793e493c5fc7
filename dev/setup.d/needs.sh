# What building and testing Freehold needs, and whether it is here. Sourced by dev/setup; starts few processes, so
# that a complete machine is recognised in some hundredths of a second.

# Oldest and newest PostgreSQL that Freehold serves.
pg_oldest=14
pg_newest=18

# In the order in which they are reported.
all_needs="cc make cargo libclang clang-headers postgresql contrib hypopg pgvector redis pgbouncer"

# Whether any of the given paths exists (patterns without a match stay as they are and do not exist).
any_exists() {
  local path
  for path in "$@"; do [ -e "$path" ] && return 0; done
  return 1
}

# Prints "MAJOR BINDIR" of every PostgreSQL found, in the order of Freehold's own search.
list_servers() {
  local dir major seen=: path_dirs
  IFS=: read -ra path_dirs <<<"$PATH"
  local dirs=("${FREEHOLD_PG_BIN-}")
  [ -n "${FREEHOLD_PG_BIN-}" ] || dirs=(/usr/lib/postgresql/*/bin /usr/pgsql-*/bin /usr/lib/postgresql*/bin
    /usr/libexec/postgresql*/ /opt/homebrew/opt/postgresql@*/bin /usr/local/opt/postgresql@*/bin
    /Applications/Postgres.app/Contents/Versions/*/bin "${path_dirs[@]}")
  for dir in "${dirs[@]}"; do
    [ -x "$dir/initdb" ] && [ -x "$dir/postgres" ] || continue
    # Links into one place (as /usr/local/bin/initdb) would hide the extensions beside the real programs.
    if [ -L "$dir/initdb" ]; then dir=$(dirname "$(readlink -f "$dir/initdb")"); fi
    case "$seen" in *":$dir:"*) continue ;; esac
    seen="$seen$dir:"
    case "$dir" in
      /usr/lib/postgresql/*/bin) major=${dir#/usr/lib/postgresql/}; major=${major%/bin} ;;
      *) major=$("$dir/postgres" --version 2>/dev/null | sed -E 's/^[^0-9]*([0-9]+).*/\1/') ;;
    esac
    [[ "$major" =~ ^[0-9]+$ ]] && printf '%s %s\n' "$major" "$dir"
  done
}

# Sets pg_major, pg_bin and pg_share to the server that Freehold would take: the newest supported one.
choose_server() {
  pg_major='' pg_bin='' pg_share=''
  local major dir
  while read -r major dir; do
    [ -n "$major" ] || continue
    if [ "$major" -ge "$pg_oldest" ] && [ "$major" -le "$pg_newest" ] && [ "$major" -gt "${pg_major:-0}" ]; then
      pg_major=$major pg_bin=$dir
    fi
  done <<<"$(list_servers)"
  [ -n "$pg_bin" ] || return 0
  local share
  for share in "/usr/share/postgresql/$pg_major" "${pg_bin%/bin}/share/postgresql@$pg_major" \
    "${pg_bin%/bin}/share/postgresql" "${pg_bin%/bin}/share" "/usr/share/postgresql$pg_major" \
    /usr/share/pgsql /usr/share/postgresql; do
    if [ -f "$share/postgres.bki" ]; then pg_share=$share; return 0; fi
  done
}

has_extension() { [ -n "$pg_share" ] && [ -f "$pg_share/extension/$1.control" ]; }

# Whether one need is met. The server has been chosen before.
is_met() {
  case "$1" in
    cc | make | cargo) command -v "$1" >/dev/null ;;
    libclang)
      any_exists ${LIBCLANG_PATH:+"$LIBCLANG_PATH"/libclang*} /usr/lib/llvm*/lib/libclang.so* \
        /usr/lib/llvm*/lib/libclang-[0-9]*.so* /usr/lib/*/libclang-[0-9]*.so* /usr/lib/libclang.so* \
        /usr/lib64/libclang.so* /usr/lib64/llvm*/lib*/libclang.so* /opt/homebrew/opt/llvm*/lib/libclang.dylib \
        /usr/local/opt/llvm*/lib/libclang.dylib \
        /Library/Developer/CommandLineTools/usr/lib/libclang.dylib \
        /Applications/Xcode.app/Contents/Developer/Toolchains/XcodeDefault.xctoolchain/usr/lib/libclang.dylib ;;
    clang-headers)
      any_exists /usr/lib/llvm*/lib/clang/*/include/stddef.h /usr/lib/clang/*/include/stddef.h \
        /usr/lib64/clang/*/include/stddef.h /opt/homebrew/opt/llvm*/lib/clang/*/include/stddef.h \
        /usr/local/opt/llvm*/lib/clang/*/include/stddef.h \
        /Library/Developer/CommandLineTools/usr/lib/clang/*/include/stddef.h \
        /Applications/Xcode.app/Contents/Developer/Toolchains/XcodeDefault.xctoolchain/usr/lib/clang/*/include/stddef.h ;;
    postgresql) [ -n "$pg_bin" ] ;;
    contrib) has_extension btree_gist && has_extension pg_trgm ;;
    hypopg) has_extension hypopg ;;
    pgvector) has_extension vector ;;
    redis) command -v redis-server >/dev/null || [ -x /usr/bin/redis-server ] ;;
    pgbouncer) command -v pgbouncer >/dev/null || [ -x /usr/sbin/pgbouncer ] ;;
  esac
}

# Prints the needs that are not met, separated by blanks.
missing_needs() {
  choose_server
  local need missing=''
  for need in $all_needs; do is_met "$need" || missing="$missing${missing:+ }$need"; done
  printf '%s' "$missing"
}

what_for() {
  case "$1" in
    cc) echo "the C compiler: builds PostgreSQL's grammar and pgvector" ;;
    make) echo "runs the Makefile and builds pgvector" ;;
    cargo) echo "builds Freehold" ;;
    libclang) echo "libclang's shared library: bindings of PostgreSQL's grammar" ;;
    clang-headers) echo "clang's own headers (stddef.h), which libclang reads" ;;
    postgresql) echo "server programs of PostgreSQL $pg_oldest to $pg_newest: every check runs on one" ;;
    contrib) echo "PostgreSQL's contrib extensions: used by the examples" ;;
    hypopg) echo "hypothetical indexes: used by the examples and by index advice" ;;
    pgvector) echo "the extension vector: used by the examples" ;;
    redis) echo "redis-server: tests of the tenancy library's cache" ;;
    pgbouncer) echo "tests of tenants behind a pooler" ;;
  esac
}

# One line for each need.
report_needs() {
  choose_server
  local need state
  for need in $all_needs; do
    if is_met "$need"; then state=ok; else state=MISSING; fi
    printf '%-8s %-14s %s\n' "$state" "$need" "$(what_for "$need")"
  done
  if [ -n "$pg_bin" ]; then echo "server   PostgreSQL $pg_major in $pg_bin"; fi
  if command -v cargo-nextest >/dev/null; then
    echo 'note     make test runs the tests with cargo-nextest'
  else
    echo "note     cargo-nextest is not installed: make test uses 'cargo test' (cargo install --locked cargo-nextest)"
  fi
}
