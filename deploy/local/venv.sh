#!/bin/sh
# How does a virtual environment come about? venv.sh PYTHON FOLDER: one that has pip stays, half a one is made anew.
# As root on Debian or Ubuntu what Python lacks for it is installed; else the command that does so is named.
python=$1 folder=$2

if "$folder/bin/python" -m pip --version >/dev/null 2>&1; then
    exit 0
fi
if ! "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
    echo "coterm: $python is missing or older than Python 3.11: name a newer one: make PYTHON=python3.12 demo" >&2
    exit 1
fi
if "$python" -c 'import ensurepip, venv' 2>/dev/null; then
    exec "$python" -m venv --clear "$folder"
fi
# Debian keeps these in a package of their own, named after the version.
package=$("$python" -c 'import sys; print("python3.%d-venv" % sys.version_info[1])')
if ! command -v apt-get >/dev/null; then
    echo "coterm: $python can't make virtual environments: install its modules venv and ensurepip" >&2
elif [ "$(id -u)" != 0 ]; then
    echo "coterm: $python can't make virtual environments: sudo apt-get install -y $package" >&2
else
    echo "  machine        $python can't make virtual environments: running apt-get install -y $package"
    apt-get update -q >/dev/null 2>&1
    if DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "$package" >/dev/null 2>&1; then
        exec "$python" -m venv --clear "$folder"
    fi
    echo "coterm: apt-get install -y $package failed" >&2
fi
exit 1
