#!/bin/sh
# A Chromium for the browser tests: the one on the PATH, else Debian's package where it may be installed,
# else Playwright's own.
set -eu
python=$1
for name in chromium chromium-browser google-chrome; do
  if command -v "$name" >/dev/null 2>&1; then exit 0; fi
done
if command -v apt-get >/dev/null 2>&1; then
  if [ "$(id -u)" = 0 ]; then as_root=""
  elif command -v sudo >/dev/null 2>&1 && sudo -n true 2>/dev/null; then as_root="sudo -n"
  else as_root=none; fi
  if [ "$as_root" != none ]; then
    if $as_root apt-get update -qq && DEBIAN_FRONTEND=noninteractive $as_root apt-get install -y -qq chromium; then
      exit 0
    fi
    echo "Debian's chromium could not be installed; trying Playwright's own." >&2
  fi
fi
if ! "$python" -m playwright install chromium; then
  echo "No Chromium was found and none could be installed; put one on the PATH and run again." >&2
  exit 1
fi
