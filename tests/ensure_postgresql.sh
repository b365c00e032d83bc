#!/bin/sh
# A PostgreSQL server for the tests of the database: the one that is installed, else Debian's package where it may be
# installed. Without one those tests are skipped.
set -eu
if command -v pg_ctl >/dev/null 2>&1; then exit 0; fi
for program in /usr/lib/postgresql/*/bin/pg_ctl; do
  if [ -x "$program" ]; then exit 0; fi
done
if command -v apt-get >/dev/null 2>&1; then
  if [ "$(id -u)" = 0 ]; then as_root=""
  elif command -v sudo >/dev/null 2>&1 && sudo -n true 2>/dev/null; then as_root="sudo -n"
  else as_root=none; fi
  if [ "$as_root" != none ]; then
    if $as_root apt-get update -qq && \
      DEBIAN_FRONTEND=noninteractive $as_root apt-get install -y -qq --no-install-recommends postgresql; then
      exit 0
    fi
  fi
fi
echo "No PostgreSQL server was found and none could be installed; the tests that need one are skipped." >&2
