# shellcheck shell=bash
# PostgreSQL: the one that PGHOST names, or a private cluster of this cache that needs no TCP port.

pg_bindir() {
    local newest
    newest="$(find /usr/lib/postgresql -mindepth 2 -maxdepth 2 -name bin 2>/dev/null | sort -V | tail -n 1)"
    if [ -n "$newest" ] && [ -x "$newest/initdb" ]; then
        printf '%s\n' "$newest"
    elif have initdb; then
        dirname "$(readlink -f "$(command -v initdb)")"
    fi
}

# The server refuses to run as root: then it is user postgres who runs it.
as_pg_owner() {
    if is_root; then
        (cd / && runuser -u postgres -- env -u PGHOST -u PGPORT -u PGUSER PATH="$(pg_bindir):$PATH" "$@")
    else
        env -u PGHOST -u PGPORT -u PGUSER PATH="$(pg_bindir):$PATH" "$@"
    fi
}

pg_data() {
    if is_root && ! runuser -u postgres -- test -x "$OM_CACHE" 2>/dev/null; then
        printf '%s/om-odoo-%s\n' "$(getent passwd postgres | cut -d: -f6)" "$(printf '%s' "$OM_CACHE" | short_hash)"
    else
        printf '%s/postgres\n' "$OM_CACHE"
    fi
}

# A socket's path may have 107 characters, so it does not go into the cache.
pg_socket_dir() { printf '/tmp/om-odoo-%s-%s\n' "$(id -u)" "$(pg_data | short_hash)"; }

setup_postgres() {
    # PGHOST may be ours, taken over from ./om env.
    if [ "${PGHOST:-$(pg_socket_dir)}" = "$(pg_socket_dir)" ]; then
        PGHOST="$(pg_socket_dir)"
        export PGHOST PGPORT=5432 PGUSER=om
        unset PGPASSWORD PGDATABASE
        pg_answers || with_lock postgres start_cluster
    else
        check_given_postgres
    fi
}

pg_answers() { psql -XqAt -d postgres -c 'SELECT 1' >/dev/null 2>&1; }

check_given_postgres() {
    local error
    export PGUSER="${PGUSER:-$(id -un)}" PGPORT="${PGPORT:-5432}"
    [ "$PGUSER" != postgres ] || fail "PGUSER is 'postgres'" "Odoo refuses to work as PostgreSQL's superuser" \
        "create a role with 'createuser --createdb odoo' and set PGUSER=odoo"
    error="$(psql -XqAt -d postgres -c 'SELECT 1' 2>&1 >/dev/null)" || fail \
        "PostgreSQL at PGHOST=$PGHOST PGPORT=$PGPORT does not let '$PGUSER' in" "$error" \
        "start it or correct PGHOST, PGPORT, PGUSER, PGPASSWORD; or unset PGHOST to use a private cluster"
    [ "$(psql -XqAt -d postgres -c 'SELECT rolcreatedb OR rolsuper FROM pg_roles WHERE rolname = current_user')" = t ] ||
        fail "the PostgreSQL role '$PGUSER' may not create databases" "each demo and test run has its own database" \
            "ALTER ROLE \"$PGUSER\" CREATEDB"
}

start_cluster() {
    local data sockets
    pg_answers && return 0 # another ./om did it while we waited
    data="$(pg_data)"
    sockets="$(pg_socket_dir)"
    [ -n "$(pg_bindir)" ] || fail "no PostgreSQL server on this machine" "neither initdb nor /usr/lib/postgresql is here" \
        "run ./om setup, or set PGHOST to a PostgreSQL you have"
    as_pg_owner test -f "$data/om-complete" || create_cluster "$data"
    as_pg_owner mkdir -p -m 0700 "$sockets"
    [ "$(stat -c %U "$sockets")" = "$(as_pg_owner id -un)" ] || fail "$sockets belongs to someone else" \
        "the private PostgreSQL keeps its socket there" "remove that folder, then run this again"
    say "starting the private PostgreSQL"
    # 'restart' also cures a server whose socket was swept out of /tmp. It must not inherit our lock.
    if ! as_pg_owner pg_ctl -D "$data" -l "$data/server.log" -w -t 60 -m fast \
        -o "-k $sockets" restart >/dev/null 2>&1 </dev/null 9>&-; then
        as_pg_owner tail -n 15 "$data/server.log" >&2 || true
        fail "the private PostgreSQL does not start" "its log is above ($data/server.log)" \
            "its databases can all be made again: rm -rf '$data', then run this again"
    fi
    as_pg_owner psql -XqAt -h "$sockets" -d postgres -v ON_ERROR_STOP=1 -c \
        "DO \$\$ BEGIN IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'om') THEN CREATE ROLE om LOGIN CREATEDB; END IF; END \$\$" >/dev/null
    pg_answers || fail "the private PostgreSQL does not answer" "$(psql -d postgres -c 'SELECT 1' 2>&1 | head -n 2)" "run ./om stop, then this again"
}

create_cluster() {
    local data="$1"
    say "creating a private PostgreSQL cluster in $data"
    rm -rf "$data"
    mkdir -m 0700 "$data"
    ! is_root || chown postgres: "$data"
    as_pg_owner initdb -D "$data" -U "$(as_pg_owner id -un)" -A trust -E UTF8 --locale=C.UTF-8 --no-sync \
        >"$OM_CACHE/initdb.log" 2>&1 </dev/null || {
        tail -n 15 "$OM_CACHE/initdb.log" >&2
        fail "initdb ended with an error" "its log is above" "cure what it says, then run this again"
    }
    # Everything in here can be made again, so speed goes before surviving a power cut. Production
    # settings are in docker/. Peer users: the socket's folder is 0700, nobody else gets in.
    as_pg_owner tee -a "$data/postgresql.conf" >/dev/null <<'CONF'
listen_addresses = ''
max_connections = 200
shared_buffers = 512MB
work_mem = 16MB
maintenance_work_mem = 128MB
max_wal_size = 2GB
fsync = off
synchronous_commit = off
full_page_writes = off
jit = off
log_min_messages = warning
CONF
    as_pg_owner touch "$data/om-complete"
}

stop_postgres() {
    local data others
    data="$(pg_data)"
    as_pg_owner pg_ctl -D "$data" status >/dev/null 2>&1 || return 0
    others="$(psql -XqAt -d postgres -c "SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()" 2>/dev/null || echo 0)"
    if [ "$others" -gt 0 ] && [ "${1-}" != --force ]; then
        say "PostgreSQL stays up: $others connections of others use it (./om stop --force stops it all the same)"
        return 0
    fi
    as_pg_owner pg_ctl -D "$data" -m fast -w stop >/dev/null
    say "PostgreSQL stopped"
}
