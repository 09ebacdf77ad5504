# Sourced by every part: temporary folders, the installed program, and a sandbox that ends whatever happens.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
python=$root/.venv/bin/python
# What a user has set must not decide what is seen here.
for name in $(compgen -e | grep -E '^(AZURE|ARM|IMAGECHECK)_' | grep -v '^IMAGECHECK_ACCEPTANCE'); do unset "$name"; done
if [ -z "${IMAGECHECK_ACCEPTANCE:-}" ]; then
    IMAGECHECK_ACCEPTANCE=$(mktemp -d)
    owned=$IMAGECHECK_ACCEPTANCE
fi
work=$(mktemp -d "$IMAGECHECK_ACCEPTANCE/part.XXXXXX")
server=

finish() {
    if [ -n "$server" ]; then kill "$server" 2>/dev/null || true; wait "$server" 2>/dev/null || true; fi
    rm -rf "$work" ${owned:+"$owned"}
}
trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

say() { printf '\n== %s\n' "$*"; }
fail() { printf 'FAILED: %s\n' "$*" >&2; exit 1; }

# Run a command and see that it exits with a code, without a traceback. Its output is in $work/out and $work/err.
expect() {
    local wanted=$1 code=0
    shift
    "$@" >"$work/out" 2>"$work/err" </dev/null || code=$?
    [ "$code" -eq "$wanted" ] || { cat "$work/out" "$work/err"; fail "$* exited with $code, not $wanted"; }
    ! grep -q Traceback "$work/out" "$work/err" || { cat "$work/err"; fail "$* showed a traceback"; }
}

# Build the wheel from the sdist, once for all parts.
build_wheel() {
    if ! ls "$IMAGECHECK_ACCEPTANCE"/dist/*.whl >/dev/null 2>&1; then
        "$python" -m build --outdir "$IMAGECHECK_ACCEPTANCE/dist" "$root" >"$work/build.log" 2>&1 ||
            { cat "$work/build.log"; fail "build"; }
    fi
    wheel=$(ls "$IMAGECHECK_ACCEPTANCE"/dist/*.whl)
}

# Install the wheel into an empty environment, once for all parts: $imagecheck is the program.
install_program() {
    local environment=$IMAGECHECK_ACCEPTANCE/venv
    build_wheel
    if [ ! -x "$environment/bin/imagecheck" ]; then
        "$python" -m venv "$environment"
        "$environment/bin/python" -m pip install --quiet --disable-pip-version-check "$wheel"
    fi
    imagecheck=$environment/bin/imagecheck
}

# Serve a tenant in the background: $url is where, $work/served what was printed.
serve() {
    IMAGECHECK_SANDBOX_TOKEN=$("$python" -c 'import secrets; print(secrets.token_hex(16))')
    export IMAGECHECK_SANDBOX_TOKEN
    "$imagecheck" sandbox "$@" >"$work/served" 2>"$work/served.err" &
    server=$!
    for _ in $(seq 300); do
        url=$(sed -n 's/^Serving .* on \(https\{0,1\}:[^ ]*\) until .*/\1/p' "$work/served")
        [ -z "$url" ] || return 0
        kill -0 "$server" 2>/dev/null || break
        sleep 0.1
    done
    cat "$work/served.err"
    fail "the sandbox did not start"
}

# End the sandbox as the system would, and see that it ends well and said nothing of mistakes.
stop() {
    local code=0
    kill -TERM "$server"
    wait "$server" || code=$?
    server=
    [ "$code" -eq 0 ] || fail "the sandbox exited with $code"
    [ ! -s "$work/served.err" ] || { cat "$work/served.err"; fail "the sandbox complained"; }
}

# The methods and paths of a log that are writes. Microsoft Graph is asked for ids by a POST.
writes() { sed -n 's/.*"method": "\([^"]*\)", "path": "\([^"]*\)".*/\1 \2/p' "$1" |
    grep -v -e '^GET ' -e '^HEAD ' -e '^POST /v1.0/directoryObjects/getByIds$' -e '/sandbox/' \
        -e '^POST /[^/]*/oauth2/' || true; }
