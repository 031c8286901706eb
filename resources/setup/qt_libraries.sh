#!/bin/sh
# Qt's wheels lean on a few system libraries. On Debian and Ubuntu, install those that are missing
# when we may, and otherwise print the one line to type. Elsewhere there is nothing to do.
set -eu

packages="libglib2.0-0 libgl1 libegl1 libxkbcommon0 libdbus-1-3 libfontconfig1 libxkbcommon-x11-0
libxcb-cursor0 libxcb-icccm4 libxcb-keysyms1 libxcb-image0 libxcb-randr0 libxcb-render-util0
libxcb-shape0 libxcb-xkb1 libx11-xcb1 fonts-wqy-zenhei"

command -v dpkg-query >/dev/null 2>&1 || exit 0

missing=""
for package in $packages; do
    # Newer releases rename libglib2.0-0 to libglib2.0-0t64; either will do.
    if ! dpkg-query -W -f '${Status}\n' "$package" "${package}t64" 2>/dev/null \
        | grep -q "install ok installed"; then
        missing="$missing $package"
    fi
done
[ -z "$missing" ] && exit 0

if [ "$(id -u)" = 0 ]; then
    echo "Installing Qt's system libraries:$missing"
    if apt-get update -qq >/dev/null 2>&1 &&
        DEBIAN_FRONTEND=noninteractive apt-get install -y -qq $missing >/dev/null 2>&1; then
        exit 0
    fi
    echo "They could not be installed now. If the window does not open, type this and try again:"
    echo "    apt-get update && apt-get install -y$missing"
else
    echo "Qt needs system libraries that are missing here. Type this once:"
    echo "    sudo apt-get install -y$missing"
fi
