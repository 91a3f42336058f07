# shellcheck shell=bash
# ./om lint: every check runs, then the verdict. Zero findings, or it fails.

lint_setup() {
    setup_python
    cd "$OM_ROOT"
    export PATH="$OM_VENV/bin:$PATH"
}

om_lint() {
    lint_setup
    LINT_FAILED=()
    check "ruff" ruff check .
    check "ruff format" ruff format --check .
    check "shell" lint_shell
    check "compose" lint_compose
    [ ! -f docker/Dockerfile ] || check "hadolint" hadolint docker/Dockerfile
    if compgen -G 'addons/*/__manifest__.py' >/dev/null; then
        check "pylint-odoo" pylint --rcfile=.pylintrc addons/*/
        check "OCA's module checks" oca-checks-odoo-module --config=.oca_hooks.cfg addons/*/
    fi
    [ "${#LINT_FAILED[@]}" -eq 0 ] || fail "lint: ${LINT_FAILED[*]}" "the findings are above" \
        "cure them; ./om format cures what ruff can"
    say "lint: nothing found"
}

check() {
    local name="$1"
    shift
    say "lint: $name"
    "$@" </dev/null || LINT_FAILED+=("$name")
}

lint_shell() {
    local script
    for script in om .ci/run scripts/*.sh docker/*.sh; do
        [ ! -f "$script" ] || bash -n "$script" || return 1
    done
    shellcheck -S info om .ci/run scripts/*.sh
}

# The real thing where it is installed, else at least well-formed YAML.
lint_compose() {
    [ -f docker/compose.yaml ] || return 0
    if have docker-compose; then
        docker-compose -f docker/compose.yaml --env-file docker/env.example config --quiet
    else
        "$OM_PYTHON" -c 'import sys, yaml; assert yaml.safe_load(open(sys.argv[1]))["services"]' docker/compose.yaml
    fi
}

om_format() {
    lint_setup
    ruff check --fix "${@:-.}" || true # what it cannot cure is for ./om lint to tell
    ruff format "${@:-.}"
}

# A linter by itself, for pre-commit and for curious people: ./om tool ruff check addons/om_rma
om_tool() {
    [ $# -gt 0 ] || fail "which tool?" "" "./om tool ruff|pylint|shellcheck|hadolint|oca-checks-odoo-module ARGS"
    lint_setup
    "$@" || exit $?
}
