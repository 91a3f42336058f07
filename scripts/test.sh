# shellcheck shell=bash
# ./om test: three kinds of tests, in two lanes side by side (the machine has two cores):
#   lane 1  x12     plain pytest of the X12 library, then
#           odoo    pytest-odoo over the addons: TransactionCase, HttpCase, tours in headless Chromium
#   lane 2  system  plain pytest of tests/: real Odoo processes on databases of their own
# Lane 1 is shown live, lane 2 when it has ended. Arguments go to pytest; paths choose the lanes.

X12_LIB=addons/om_edi_x12/x12

om_test() {
    TEST_PATHS_X12=() TEST_PATHS_ODOO=() TEST_PATHS_SYSTEM=() TEST_OPTIONS=() TEST_LANE2=
    sort_test_arguments "$@"
    if wants odoo || wants system; then
        setup
        setup_sshd
    else
        setup_python # the X12 library needs neither Odoo nor PostgreSQL
    fi
    prepare_test_run
    trap end_test_run EXIT
    trap 'exit 130' INT
    trap 'exit 143' TERM
    if wants odoo || wants system; then
        # Addons named by path are tested with what they need only: quick, and deaf to other work.
        # shellcheck disable=SC2046
        ensure_suite_template $(tested_addons)
        export OM_TEMPLATE_DB
        if [ -s "$(install_findings)" ]; then
            warn_of_install_findings
            echo "installing the addons put warnings or errors into Odoo's log" >"$TEST_RUN/results/install.crash"
        fi
    fi
    ! wants system || {
        run_system_tests >"$TEST_RUN/lane2.out" 2>&1 </dev/null &
        TEST_LANE2=$!
    }
    ! wants x12 || run_x12_tests || true
    ! wants odoo || run_odoo_tests || true
    [ -z "$TEST_LANE2" ] || show_second_lane
    summarize_tests
}

# A path names what it tests; everything else is an option of pytest, passed on in its order.
sort_test_arguments() {
    local argument path
    for argument in "$@"; do
        path="${argument%%::*}"
        case "$argument" in -*) path= ;; esac
        if [ -z "$path" ] || ! { [ -e "$OM_ROOT/$path" ] || [ -e "$path" ]; }; then
            TEST_OPTIONS+=("$argument")
            continue
        fi
        [ ! -e "$OM_ROOT/$path" ] || path="$OM_ROOT/$path"
        path="$(realpath --relative-to "$OM_ROOT" "$path")"
        argument="$path${argument#"${argument%%::*}"}"
        case "$path" in
            "$X12_LIB"*) TEST_PATHS_X12+=("$argument") ;;
            addons/*) TEST_PATHS_ODOO+=("$argument") ;;
            tests | tests/*) TEST_PATHS_SYSTEM+=("$argument") ;;
            addons | .) ;; # everything
            *)
                fail "$argument has no tests of ours" "tests live in addons/ and in tests/" \
                    "./om test addons/NAME or ./om test tests/FILE"
                ;;
        esac
    done
}

# wants LANE: no path given means everything.
wants() {
    [ $((${#TEST_PATHS_X12[@]} + ${#TEST_PATHS_ODOO[@]} + ${#TEST_PATHS_SYSTEM[@]})) -gt 0 ] || return 0
    case "$1" in
        x12) [ "${#TEST_PATHS_X12[@]}" -gt 0 ] ;;
        odoo) [ "${#TEST_PATHS_ODOO[@]}" -gt 0 ] ;;
        system) [ "${#TEST_PATHS_SYSTEM[@]}" -gt 0 ] ;;
    esac
}

# Only addons' paths given: those addons. Anything else needs the whole suite.
tested_addons() {
    [ "${#TEST_PATHS_SYSTEM[@]}" -eq 0 ] || return 0
    printf '%s\n' "${TEST_PATHS_ODOO[@]}" | cut -d/ -f2 | sort -u
}

# What a run makes carries its process number, so that runs do not meet; a dead run's rest is swept.
prepare_test_run() {
    local folder pid
    for folder in "$OM_DATA"/run-*; do
        pid="${folder##*-}"
        [ -d "$folder" ] && ! kill -0 "$pid" 2>/dev/null || continue
        [ -z "${OM_BASE_DB-}" ] || drop_databases_like "om\\_${OM_ID}\\_t${pid}\\_%"
        rm -rf "$folder"
    done
    TEST_RUN="$OM_DATA/run-$$"
    mkdir -p "$TEST_RUN/results"
    OM_CHROMIUM="$(command -v chromium || command -v chromium-browser || command -v google-chrome || true)"
    export OM_PYTHON OM_CHROMIUM OM_ROOT
    [ -z "${OM_BASE_DB-}" ] || export OM_BASE_DB
    export OM_ODOO_CONF="$OM_CONF" OM_DATA_DIR="$OM_DATA/data" OM_DB_PREFIX="om_${OM_ID}_t$$"
    export PYTHONDONTWRITEBYTECODE=1
}

end_test_run() {
    local status=$?
    trap - EXIT
    [ -z "$TEST_LANE2" ] || kill "$TEST_LANE2" 2>/dev/null || true
    [ -z "${OM_BASE_DB-}" ] || drop_databases_like "om\\_${OM_ID}\\_t$$\\_%" || true
    rm -rf "$TEST_RUN"
    exit "$status"
}

show_second_lane() {
    local waited=0
    while kill -0 "$TEST_LANE2" 2>/dev/null; do
        [ $((waited % 30)) -ne 29 ] ||
            say "system tests: $(grep -cE ' (PASSED|FAILED|SKIPPED|ERROR) ' "$TEST_RUN/lane2.out" || true) done"
        sleep 1
        waited=$((waited + 1))
    done
    wait "$TEST_LANE2" || true
    cat "$TEST_RUN/lane2.out"
}

# run_pytest NAME ARGS...: the result is counted from its report. Exit code 5 (nothing matched) is
# no failure of one lane; a crash, or a lane that hangs, counts as one failure.
run_pytest() {
    local name="$1" status=0
    shift
    timeout --foreground -k 10 "${OM_TEST_TIMEOUT:-2400}" \
        "$OM_PYTHON" -m pytest -c "$OM_ROOT/pyproject.toml" -p no:cacheprovider --continue-on-collection-errors \
        --junitxml="$TEST_RUN/results/$name.xml" "$@" "${TEST_OPTIONS[@]}" </dev/null 9>&- || status=$?
    case "$status" in
        0 | 1 | 5) ;;
        *) echo "pytest ($name) ended with code $status" >"$TEST_RUN/results/$name.crash" ;;
    esac
}

run_x12_tests() {
    local paths=("${TEST_PATHS_X12[@]/#/$OM_ROOT/}")
    [ -d "$OM_ROOT/$X12_LIB/tests" ] || return 0
    if [ "${#paths[@]}" -eq 0 ] || [ "${paths[0]}" = "$OM_ROOT/$X12_LIB" ]; then
        paths=("$OM_ROOT/$X12_LIB/tests")
    fi
    say "X12 library"
    # The library stands alone: no pytest-odoo, and the addon around it is never imported.
    (cd "$OM_ROOT/$X12_LIB/tests" && PYTHONPATH="$OM_ROOT/addons/om_edi_x12" run_pytest x12 \
        -q -p no:odoo --rootdir="$OM_ROOT/$X12_LIB/tests" --confcutdir="$OM_ROOT/$X12_LIB/tests" "${paths[@]}")
}

run_system_tests() {
    local paths=("${TEST_PATHS_SYSTEM[@]}")
    [ "${#paths[@]}" -gt 0 ] || paths=(tests)
    [ -d "$OM_ROOT/tests" ] || return 0
    say "system tests"
    (cd "$OM_ROOT" && run_pytest system -v --durations=5 -p no:odoo --rootdir="$OM_ROOT" "${paths[@]}")
}

run_odoo_tests() {
    local database="${OM_DB_PREFIX}_odoo" paths=("${TEST_PATHS_ODOO[@]}") log="$TEST_RUN/odoo.log" found
    [ "${#paths[@]}" -gt 0 ] || paths=(addons)
    [ -n "$(addons_tool list)" ] || return 0
    say "Odoo tests"
    copy_db "$OM_TEMPLATE_DB" "$database"
    mkdir -p "$OM_DATA/screenshots"
    (cd "$OM_ROOT" && run_pytest odoo -v --durations=10 --rootdir="$OM_ROOT" --ignore="$X12_LIB" \
        --odoo-database="$database" --odoo-config="$OM_CONF" --odoo-http --odoo-log-level=info \
        --odoo-extra="logfile=$log" --odoo-extra="screenshots=$OM_DATA/screenshots" "${paths[@]}")
    found="$(addons_tool log-findings "$log" 2>&1 || true)"
    cp "$log" "$OM_DATA/logs/test.log" || true # of the last run, to be read at leisure
    if [ -n "$found" ]; then
        printf '\n=== warnings and errors of our addons in Odoo'\''s log (%s)\n%s\n' "$OM_DATA/logs/test.log" "$found"
        echo "Odoo's log has warnings or errors of our addons" >"$TEST_RUN/results/odoo-log.crash"
    fi
}

# The last line is the only one of its form: N passed, N failed[, N skipped]
summarize_tests() {
    local crashes
    crashes="$(cat "$TEST_RUN"/results/*.crash 2>/dev/null || true)"
    [ -z "$crashes" ] || printf '\n%s\n' "$crashes"
    say "tests ended"
    "$OM_PYTHON" "$OM_ROOT/scripts/count_tests.py" "$TEST_RUN/results" || exit 1
}
