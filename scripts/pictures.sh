# shellcheck shell=bash
# ./om pictures: the handbook's pictures, taken of the demo company by scripts/pictures.py. Odoo is served for
# it on a port of its own and without cron, so that nothing changes meanwhile.

om_pictures() {
    setup
    db_exists "$OM_DEMO_DB" || fail "there is no demo company" "" "./om demo --no-serve creates it"
    local port log="$OM_DATA/logs/pictures.log" pid status=0
    port="$(choose_port "")"
    rm -f "$log"
    "$OM_PYTHON" -m odoo -c "$OM_CONF" -d "$OM_DEMO_DB" --db-filter "^$OM_DEMO_DB\$" --http-port "$port" \
        --max-cron-threads 0 --logfile "$log" </dev/null >"$log.out" 2>&1 &
    pid=$!
    # shellcheck disable=SC2064
    trap "kill $pid 2>/dev/null" EXIT
    until curl_health "$port"; do
        kill -0 "$pid" 2>/dev/null || fail "Odoo did not start" "$(tail -n 5 "$log" "$log.out")" "cure it, then run this again"
        sleep 0.5
    done
    "$OM_PYTHON" "$OM_ROOT/scripts/pictures.py" --url "http://127.0.0.1:$port" "$@" || status=$?
    return "$status"
}
