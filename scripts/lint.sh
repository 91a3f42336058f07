# shellcheck shell=bash
# ./om lint: every check runs, then the verdict. Zero findings, or it fails.

om_lint() {
    mkdir -p "$OM_CACHE"
    setup_machine python
    setup_venv
    cd "$OM_ROOT"
    LINT_FAILED=()
    check "ruff" "$OM_VENV/bin/ruff" check .
    check "ruff format" "$OM_VENV/bin/ruff" format --check .
    check "shell" lint_shell
    check "compose" lint_compose
    [ ! -f docker/Dockerfile ] || check "hadolint" "$OM_VENV/bin/hadolint" docker/Dockerfile
    if compgen -G 'addons/*/__manifest__.py' >/dev/null; then
        check "pylint-odoo" env PATH="$OM_VENV/bin:$PATH" "$OM_VENV/bin/pylint" --rcfile=.pylintrc addons/*/
        check "OCA's module checks" "$OM_VENV/bin/oca-checks-odoo-module" --config=.oca_hooks.cfg --no-verbose addons/*/
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
    "$OM_VENV/bin/shellcheck" -S info om .ci/run scripts/*.sh
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
    mkdir -p "$OM_CACHE"
    setup_machine python
    setup_venv
    cd "$OM_ROOT"
    "$OM_VENV/bin/ruff" check --fix "${@:-.}"
    "$OM_VENV/bin/ruff" format "${@:-.}"
}
