#!/bin/sh
# An archive for the tests of sending: Orthanc with its DICOMweb plug-in where it is installed, else Debian's packages where
# they may be installed. Without one those tests are skipped.
set -eu
found() {
  PATH="$PATH:/usr/sbin" command -v Orthanc >/dev/null 2>&1 && [ -e /usr/share/orthanc/plugins/libOrthancDicomWeb.so ]
}
if found; then exit 0; fi
if command -v apt-get >/dev/null 2>&1; then
  if [ "$(id -u)" = 0 ]; then as_root=""
  elif command -v sudo >/dev/null 2>&1 && sudo -n true 2>/dev/null; then as_root="sudo -n"
  else as_root=none; fi
  if [ "$as_root" != none ]; then
    if $as_root apt-get update -qq && \
      DEBIAN_FRONTEND=noninteractive $as_root apt-get install -y -qq --no-install-recommends orthanc orthanc-dicomweb; then
      # The tests start an archive of their own; the one that the package starts is not wanted.
      if command -v systemctl >/dev/null 2>&1; then
        $as_root systemctl disable --now orthanc >/dev/null 2>&1 || true
      fi
      exit 0
    fi
  fi
fi
echo "No Orthanc was found and none could be installed; the tests that need one are skipped." >&2
