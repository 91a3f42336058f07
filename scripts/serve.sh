# shellcheck shell=bash
# Odoo on a free port of 127.0.0.1, in the foreground, with its cron threads.

om_serve() {
    local database="$OM_DEMO_DB" port=""
    while [ $# -gt 0 ]; do
        case "$1" in
            -d) database="${2-}" && shift ;;
            --port) port="${2-}" && shift ;;
            --port=*) port="${1#--port=}" ;;
            *) fail "./om serve does not know '$1'" "" "./om serve [-d DATABASE] [--port N]" ;;
        esac
        shift
    done
    check_port "$port"
    setup
    db_exists "$database" || fail "there is no database '$database'" "" "./om demo creates the demo company"
    serve_database "$database" "$port"
}

check_port() {
    case "$1" in *[!0-9]*) fail "'$1' is no port" "" "give a number, as in --port 8070" ;; esac
}

port_is_free() { ! (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

# The wanted port, or the first free one from 8069 on.
choose_port() {
    local port="$1"
    if [ -n "$port" ]; then
        port_is_free "$port" || fail "port $port is taken" "another program listens there" "give another one with --port"
    else
        port=8069
        until port_is_free "$port"; do port=$((port + 1)); done
        [ "$port" = 8069 ] || say "port 8069 is taken; using $port"
    fi
    printf '%s\n' "$port"
}

server_pid() {
    local pid
    pid="$(cut -d' ' -f1 "$OM_DATA/serve.pid" 2>/dev/null)" || return 1
    kill -0 "$pid" 2>/dev/null && grep -q odoo "/proc/$pid/cmdline" 2>/dev/null && printf '%s\n' "$pid"
}

stop_server() {
    local pid
    pid="$(server_pid)" || return 0
    kill "$pid"
    while kill -0 "$pid" 2>/dev/null; do sleep 0.2; done
    say "Odoo stopped"
}

serve_database() {
    local database="$1" port log="$OM_DATA/logs/serve.log" pid
    if pid="$(server_pid)"; then
        say "Odoo is being served already: http://127.0.0.1:$(cut -d' ' -f2 "$OM_DATA/serve.pid") (process $pid; ./om stop ends it)"
        return 0
    fi
    port="$(choose_port "$2")"
    rm -f "$log"
    "$OM_PYTHON" -m odoo -c "$OM_CONF" -d "$database" --db-filter "^$database\$" --http-port "$port" \
        --max-cron-threads 2 --logfile "$log" </dev/null >"$log.out" 2>&1 &
    pid=$!
    printf '%s %s\n' "$pid" "$port" >"$OM_DATA/serve.pid"
    trap 'kill "$pid" 2>/dev/null; wait "$pid"; rm -f "$OM_DATA/serve.pid"; exit 0' INT TERM
    until curl_health "$port"; do
        kill -0 "$pid" 2>/dev/null || {
            tail -n 20 "$log" "$log.out" >&2
            fail "Odoo did not start" "its log is above ($log)" "cure it, then run this again"
        }
        sleep 0.5
    done
    say "Odoo is at http://127.0.0.1:$port (log: $log; Ctrl-C or ./om stop ends it)"
    if [ -f "$OM_DEMO_HOME/logins.txt" ] && [ "$database" = "$OM_DEMO_DB" ]; then
        cat "$OM_DEMO_HOME/logins.txt" >&2
    else
        echo '  login admin, password admin' >&2
    fi
    wait "$pid" || true
    rm -f "$OM_DATA/serve.pid"
}

curl_health() {
    "$OM_PYTHON" - "$1" 2>/dev/null <<'PY'
import sys, urllib.request
urllib.request.urlopen(f"http://127.0.0.1:{sys.argv[1]}/web/health", timeout=5)
PY
}
