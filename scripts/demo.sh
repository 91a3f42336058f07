# shellcheck shell=bash
# ./om demo: a company whose day is run by demo/story.py. The story is run in an Odoo shell; on a
# database that has the day behind it, it only prints the summary again.

OM_DEMO_HOME="$OM_DATA/demo" # the partners' inbox and outbox folders; logins.txt
export OM_DEMO_HOME OM_ROOT

om_demo() {
    local serve=1 json="" reset="" port=""
    while [ $# -gt 0 ]; do
        case "$1" in
            --no-serve) serve="" ;;
            --json) json=1 ;;
            --reset) reset=1 ;;
            --port) port="${2-}" && shift ;;
            --port=*) port="${1#--port=}" ;;
            *) fail "./om demo does not know '$1'" "" "./om demo [--no-serve] [--json] [--reset] [--port N]" ;;
        esac
        shift
    done
    check_port "$port"
    setup
    ensure_suite_template
    warn_of_install_findings
    with_lock "demo-$OM_ID" play_story "$reset" "$json"
    [ -z "$serve" ] || serve_database "$OM_DEMO_DB" "$port"
}

play_story() {
    local reset="$1" json="$2" state
    local log="$OM_DATA/logs/demo.log" out="$OM_DATA/logs/demo.out"
    [ -f "$OM_ROOT/demo/story.py" ] || fail "demo/story.py is missing" "the demo's story is told there" "check the checkout"
    state="$(sql -c "SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = '$OM_DEMO_DB'")"
    rm -f "$log"
    case "$reset$state" in
        "told on $OM_TEMPLATE_DB") say "the demo company is there; its summary:" ;;
        "told on "*)
            say "the addons changed since the demo was made: updating it (./om demo --reset starts over)"
            odoo_quiet "$log" "the demo's database could not be updated" -d "$OM_DEMO_DB" \
                -u "$(addons_tool list | paste -sd, -)" --stop-after-init --no-http
            ;;
        *)
            stop_server
            say "creating the demo company"
            copy_db "$OM_TEMPLATE_DB" "$OM_DEMO_DB"
            rm -rf "$OM_DEMO_HOME"
            ;;
    esac
    mkdir -p "$OM_DEMO_HOME"
    if ! OM_DEMO_JSON="$json" "$OM_PYTHON" -m odoo shell -c "$OM_CONF" -d "$OM_DEMO_DB" --no-http --logfile "$log" \
        <"$OM_ROOT/demo/story.py" >"$out" 2>"$out.err" 9>&-; then
        tail -n 25 "$out" "$out.err" >&2
        log_tail "$log"
        fail "the demo's story broke off" "its last words and Odoo's log are above ($log)" \
            "cure it, then run ./om demo again: it starts over"
    fi
    sql -c "COMMENT ON DATABASE \"$OM_DEMO_DB\" IS 'told on $OM_TEMPLATE_DB'"
    warn_of_findings "$log"
    say "the day is done"
    cat "$out"
}

# odoo_quiet LOG WHAT ARGS...: Odoo with its words in a file; they are shown if it fails.
odoo_quiet() {
    local log="$1" what="$2"
    shift 2
    odoo -c "$OM_CONF" --logfile "$log" "$@" </dev/null >"$log.out" 2>&1 || {
        log_tail "$log"
        tail -n 10 "$log.out" >&2
        fail "$what" "Odoo ended with an error; its log is above ($log)" "cure it, then run this again"
    }
}

warn_of_findings() {
    local found
    found="$(addons_tool log-findings "$1")"
    [ -z "$found" ] || { say "note: warnings of our addons in Odoo's log ($1)"; printf '%s\n' "$found" >&2; }
}
