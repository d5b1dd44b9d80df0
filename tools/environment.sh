#!/bin/sh
# Makes .venv from a lock file (requirements.lock, or requirements-dev.lock for the checks); does nothing when it is
# already made from that file. What is missing on the machine is named in one line.
#
#     tools/environment.sh requirements-dev.lock
#
# PYTHON=/path/to/python chooses the interpreter.
set -eu
cd "$(dirname "$0")/.."
lock=$1

has_version() { "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; }
has_venv() { "$1" -c 'import ensurepip, venv' 2>/dev/null; }

made_from() { # .venv works and was made from the lock file $1, or from the larger one
    .venv/bin/python -c 'import pip' 2>/dev/null && { cmp -s "$1" ".venv/$1" || cmp -s "${1%.lock}-dev.lock" ".venv/${1%.lock}-dev.lock"; }
}
if made_from "$lock"; then exit 0; fi

missing=
for tool in git make; do
    command -v "$tool" >/dev/null || missing="$missing $tool"
done
python= without_venv=
for candidate in ${PYTHON:-python3 python3.13 python3.12 python3.11}; do
    if has_version "$candidate"; then
        if has_venv "$candidate"; then python=$candidate && break; fi
        without_venv=${without_venv:-$candidate}
    fi
done
if [ -z "$python" ]; then
    # Debian keeps the part that makes virtual environments in a package of its own, one for each version.
    missing="$missing ${without_venv:-python3 python3}-venv"
fi
if [ -n "$missing" ]; then
    echo "Missing here, with Python 3.11 or newer:$missing. Please run: sudo apt-get install$missing" >&2
    exit 1
fi

echo "Making .venv from $lock with $("$python" --version)" >&2
mkdir -p .cache
.venv/bin/python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || "$python" -m venv --clear .venv
if ! .venv/bin/python -m pip install --quiet --disable-pip-version-check --no-input --require-hashes \
    --requirement "$lock" >.cache/pip.log 2>&1; then
    # Without the addresses of whatever mirror this machine uses.
    sed 's,[a-z]*://[^ )]*,(an address),g' .cache/pip.log | tail -n 5 >&2
    echo "The packages of $lock could not be installed; .cache/pip.log has the whole story" >&2
    exit 1
fi
cp "$lock" ".venv/$lock"
