# shellcheck shell=bash
# Names, places and messages that every other script uses.

OM_CACHE="${XDG_CACHE_HOME:-$HOME/.cache}/om-odoo"
# Short hashes keep two checkouts, two pins and two caches apart on one machine.
short_hash() { sha256sum | cut -c1-8; }
# A PostgreSQL that was given is a world of its own: other databases, so other filestores.
case "${PGHOST-}" in '' | /tmp/om-odoo-*) OM_WORLD= ;; *) OM_WORLD="@$PGHOST:${PGPORT-}:${PGUSER-}" ;; esac
OM_ID="$(printf '%s' "$OM_ROOT$OM_WORLD" | short_hash)"
OM_DATA="$OM_CACHE/checkout-$OM_ID"   # this checkout's filestores, logs, demo folders, conf
OM_CONF="$OM_DATA/odoo.conf"
OM_DEMO_DB="om_${OM_ID}_demo"
OM_STARTED=$SECONDS

export OM_ROOT PIP_DISABLE_PIP_VERSION_CHECK=1
unset ODOO_RC OPENERP_SERVER PGAPPNAME # another Odoo's configuration must not leak into ours

# Progress goes to stderr, so that stdout holds results only.
elapsed() { printf '%d:%02d' $(((SECONDS - OM_STARTED) / 60)) $(((SECONDS - OM_STARTED) % 60)); }
say() { printf '[om %s] %s\n' "$(elapsed)" "$*" >&2; }

# fail WHAT WHY DO: every failure says these three things. Exit code 3 tells the shells around this
# one that it has been said.
fail() {
    printf '\n[om %s] FAILED: %s\n' "$(elapsed)" "$1" >&2
    [ -z "${2-}" ] || printf '  why: %s\n' "$2" >&2
    [ -z "${3-}" ] || printf '  do:  %s\n' "$3" >&2
    exit 3
}

# A command that failed where nobody thought it could: say at least which and where.
on_error() {
    local status="$1" command="$2" place="$3"
    [ "$status" -ne 3 ] || exit 3
    fail "$command" "it ended with code $status ($place)" \
        "see the lines above; ./om can simply be run again. If it stays: open an issue with this output"
}

# run_logged LOG WHAT DO COMMAND...: runs quietly; on failure shows the end of the log.
run_logged() {
    local log="$1" what="$2" todo="$3"
    shift 3
    mkdir -p "$(dirname "$log")"
    if ! "$@" </dev/null >"$log" 2>&1; then
        printf -- '--- last lines of %s\n' "$log" >&2
        tail -n 25 "$log" >&2
        fail "$what" "the command '$1' ended with an error (log above)" "$todo"
    fi
}

# with_lock NAME FUNCTION ARGS...: one process at a time. The lock lives on descriptor 9, which
# dies with the process; what outlives us (PostgreSQL) must be started with 9>&-.
with_lock() {
    local name="$1"
    shift
    mkdir -p "$OM_CACHE/locks"
    (
        if ! flock -n 9; then
            say "waiting for another ./om ($name)"
            flock 9
        fi
        "$@"
    ) 9>"$OM_CACHE/locks/$name"
}

is_root() { [ "$(id -u)" -eq 0 ]; }
have() { command -v "$1" >/dev/null 2>&1; }
