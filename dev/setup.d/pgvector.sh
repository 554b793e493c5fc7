# Builds pgvector from Debian's own source package, for releases that do not package it. Sourced by dev/setup.
#
# The machine's configuration of apt stays as it is: the newer release's sources are listed in a temporary folder,
# with lists and cache of their own. apt checks the signature, so what is compiled is what Debian released.

pgvector_release=trixie # Debian 13: pgvector 0.8.0
debian_keyring=/usr/share/keyrings/debian-archive-keyring.gpg

# Prints "URI" of the machine's main archive: the entry of its own release, in either of apt's two formats.
# "$1": the release's code name; "$2": the folder of apt's configuration.
archive_uri() {
  local codename=$1 etc=$2 file
  for file in "$etc"/sources.list "$etc"/sources.list.d/*.list; do
    [ -f "$file" ] || continue
    sed -E 's/#.*//; s/\[[^]]*\]//' "$file" |
      awk -v suite="$codename" '$1 == "deb" && $3 == suite && $2 !~ /^cdrom:/ && / main( |$)/ { print $2 }'
  done
  for file in "$etc"/sources.list.d/*.sources; do
    [ -f "$file" ] || continue
    awk -v suite="$codename" '
      function finish(  n, i, s, u) {
        if (on) { n = split(suites, s, " "); split(uris, u, " ")
          for (i = 1; i <= n; i++) if (s[i] == suite && components ~ /(^| )main( |$)/) print u[1] }
        uris = suites = components = field = ""; on = 1 }
      BEGIN { on = 1 }
      /^#/ { next }
      /^[ \t]*$/ { finish(); next }
      /^[ \t]/ { add($0); next }
      { field = tolower($0); sub(/:.*/, "", field); value = $0; sub(/^[^:]*:/, "", value); add(value) }
      function add(text) {
        gsub(/[ \t]+/, " ", text); sub(/^ /, "", text)
        if (field == "uris") uris = uris (uris == "" ? "" : " ") text
        if (field == "suites") suites = suites (suites == "" ? "" : " ") text
        if (field == "components") components = components (components == "" ? "" : " ") text
        if (field == "enabled" && tolower(text) ~ /^(no|false|0)/) on = 0 }
      END { finish() }' "$file"
  done
}

# apt-get with the private sources; the words of a failure are in $work/log, as after `apt_quietly`.
apt_private() {
  apt_quietly -o "Dir::Etc::SourceList=$work/sources.list" -o Dir::Etc::SourceParts=/dev/null \
    -o "Dir::State::Lists=$work/lists" -o "Dir::Cache=$work/cache" -o APT::Get::List-Cleanup=0 "$@"
}

update_private() {
  apt_private update && ! grep -Eq 'Some index files failed|NO_PUBKEY|is not signed|^E:' "$work/log"
}

# "$1": PostgreSQL's major; "$2": its folder of programs.
build_pgvector() {
  local major=$1 bin=$2 uri id codename
  # shellcheck source=/dev/null
  id=$(. /etc/os-release && echo "${ID-}")
  # shellcheck source=/dev/null
  codename=$(. /etc/os-release && echo "${VERSION_CODENAME-}")
  [ "$id" = debian ] || die "no package postgresql-$major-pgvector here: add https://wiki.postgresql.org/wiki/Apt and run this again"
  uri=$(archive_uri "$codename" /etc/apt | sed -n 1p)
  [ -n "$uri" ] || die "no source of $codename main in /etc/apt/sources.list(.d), so pgvector's source cannot be fetched"

  say "building pgvector from the sources of Debian $pgvector_release at $uri"
  mkdir -p "$work/lists/partial" "$work/cache/archives/partial" "$work/source" "$work/headers" "$work/build"
  chown _apt "$work/source" "$work/lists/partial" "$work/cache/archives/partial" 2>/dev/null || true
  printf 'deb-src [signed-by=%s] %s %s main\n' "$debian_keyring" "$uri" "$pgvector_release" >"$work/sources.list"
  if ! update_private; then
    # The keys of a new release come with a point release of the old one.
    if grep -q 'NO_PUBKEY' "$work/log"; then
      updated=no
      update_lists
      install_packages debian-archive-keyring
    fi
    update_private || apt_failed "read the sources of Debian $pgvector_release at $uri (does this mirror carry them?)"
  fi
  (cd "$work/source" && apt_private source --download-only pgvector) || apt_failed "fetch the source of pgvector"
  tar -xzf "$work"/source/pgvector_*.orig.tar.gz -C "$work/build" --strip-components=1

  fetch_server_headers "$major"
  # Of server-dev only the headers are needed: installed, it would bring 900 MB of clang and LLVM. OPTFLAGS is
  # emptied as in Debian's own build: the default would tune for this very processor.
  if ! make -C "$work/build" CC=cc PG_CONFIG="$bin/pg_config" OPTFLAGS="" with_llvm=no \
    includedir_server="$server_headers" -j "$(nproc)" all >"$work/log" 2>&1; then
    say "could not compile pgvector:"; tail -n 15 "$work/log" >&2; exit 1
  fi
  if ! make -C "$work/build" PG_CONFIG="$bin/pg_config" OPTFLAGS="" with_llvm=no \
    includedir_server="$work/installed-headers" install >"$work/log" 2>&1; then
    say "could not install pgvector:"; tail -n 15 "$work/log" >&2; exit 1
  fi
}

# Sets server_headers to the folder with postgres.h for this major, unpacking the package's headers if need be.
fetch_server_headers() {
  local major=$1 version package=postgresql-server-dev-$1
  server_headers=/usr/include/postgresql/$major/server
  [ ! -f "$server_headers/postgres.h" ] || return 0
  has_candidate "$package" || update_lists
  version=$(dpkg-query -W -f '${Version}' "postgresql-$major")
  chown _apt "$work/headers" 2>/dev/null || true
  # The same version as the server, if it is still to be had: then it is certain to fit.
  (cd "$work/headers" && apt_quietly download "$package=$version") ||
    (cd "$work/headers" && apt_quietly download "$package") || apt_failed "fetch $package"
  dpkg-deb -x "$work"/headers/*.deb "$work/headers" || die "could not unpack $package"
  server_headers=$work/headers/usr/include/postgresql/$major/server
}
