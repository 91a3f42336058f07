# shellcheck shell=bash
# Databases are copied from templates, never built twice: stock Odoo (shared by all checkouts of this
# cache), then the addons on top (a template per content of the addons).

OM_BASE_MODULES=sale_management,sale_stock,account,l10n_us,spreadsheet_dashboard,portal,digest

sql() { psql -XqAt -v ON_ERROR_STOP=1 -d postgres "$@"; }
db_exists() { [ "$(sql -c "SELECT 1 FROM pg_database WHERE datname = '$1'")" = 1 ]; }
filestore() { printf '%s/data/filestore/%s\n' "$OM_DATA" "$1"; }
addons_tool() { "$OM_PYTHON" "$OM_ROOT/scripts/addons.py" "$@"; }

# The configuration developers and tests use; production's is odoo.conf in the project's root.
write_conf() {
    local home paths extra
    home="$(odoo_home)"
    paths="$OM_ROOT/addons"
    for extra in "$home/addons" "$home/odoo/addons"; do
        [ ! -d "$extra/sale_stock" ] || paths="$paths,$extra"
    done
    mkdir -p "$OM_DATA/data/filestore" "$OM_DATA/logs" "$OM_ROOT/addons"
    printf '%s\n' "$OM_ROOT" >"$OM_DATA/root"
    cat >"$OM_CONF.$$" <<CONF
[options]
addons_path = $paths
data_dir = $OM_DATA/data
db_host = $PGHOST
db_port = $PGPORT
db_user = $PGUSER
db_maxconn = 32
http_interface = 127.0.0.1
list_db = False
admin_passwd = om
without_demo = True
CONF
    mv "$OM_CONF.$$" "$OM_CONF"
}

odoo() { "$OM_PYTHON" -m odoo "$@" 9>&-; }

base_template() {
    printf 'om_base_%s\n' "$(printf '%s %s 1%s' "$(odoo_home)" "$OM_BASE_MODULES" "$OM_WORLD" | short_hash)"
}

ensure_base_template() {
    OM_BASE_DB="$(base_template)"
    if ! db_exists "$OM_BASE_DB" || [ ! -d "$OM_CACHE/templates/$OM_BASE_DB" ]; then
        with_lock "template-$OM_BASE_DB" build_base_template
    fi
    [ -d "$(filestore "$OM_BASE_DB")" ] || copy_files "$OM_CACHE/templates/$OM_BASE_DB" "$(filestore "$OM_BASE_DB")"
}

build_base_template() {
    local new="${OM_BASE_DB}_new"
    ! db_exists "$OM_BASE_DB" || [ ! -d "$OM_CACHE/templates/$OM_BASE_DB" ] || return 0
    say "installing stock Odoo into a template database (about a minute, once per machine)"
    drop_db "$OM_BASE_DB"
    drop_db "$new"
    install_modules "$new" "$OM_BASE_MODULES" "$OM_DATA/logs/base.log"
    rm -rf "$OM_CACHE/templates/$OM_BASE_DB"
    copy_files "$(filestore "$new")" "$OM_CACHE/templates/$OM_BASE_DB"
    rm -rf "$(filestore "$new")"
    sql -c "ALTER DATABASE \"$new\" RENAME TO \"$OM_BASE_DB\""
}

# install_modules DB MODULES LOG
install_modules() {
    rm -f "$3"
    odoo -c "$OM_CONF" -d "$1" -i "$2" --stop-after-init --no-http --logfile "$3" </dev/null >"$3.out" 2>&1 || {
        log_tail "$3"
        grep -v 'Running as user' "$3.out" | tail -n 5 >&2 || true
        fail "installing $2 into $1" "Odoo ended with an error; its log is above ($3)" "cure it, then run this again"
    }
}

# What an Odoo that failed said last, without the words of its shutdown.
log_tail() {
    [ -f "$1" ] || return 0
    printf -- '--- %s\n' "$1" >&2
    grep -E ' (WARNING|ERROR|CRITICAL) ' "$1" | tail -n 15 >&2 || true
    grep -vE 'Initiating shutdown|Hit CTRL-C|ConnectionPool' "$1" | tail -n 25 >&2
}

# Suite template for some addons (default: all): named after the content that decides what an
# installation writes into a database.
ensure_suite_template() {
    local names key
    names="$(addons_tool closure "$@" | paste -sd, -)"
    if [ -z "$names" ]; then
        OM_TEMPLATE_DB="$OM_BASE_DB"
        return 0
    fi
    key="$(addons_tool key "$OM_BASE_DB" "$@")"
    OM_TEMPLATE_DB="om_${OM_ID}_suite_$key"
    if ! db_exists "$OM_TEMPLATE_DB" || [ ! -d "$(filestore "$OM_TEMPLATE_DB")" ]; then
        with_lock "suite-$OM_ID" build_suite_template "$names"
    fi
    sql -c "COMMENT ON DATABASE \"$OM_TEMPLATE_DB\" IS 'used $(date +%s)'"
}

build_suite_template() {
    local names="$1" new="om_${OM_ID}_new" log="$OM_DATA/logs/install.log"
    ! db_exists "$OM_TEMPLATE_DB" || [ ! -d "$(filestore "$OM_TEMPLATE_DB")" ] || return 0
    sweep_gone_checkouts
    drop_old_suite_templates
    say "installing ${names//,/, } on a copy of stock Odoo"
    drop_db "$OM_TEMPLATE_DB"
    copy_db "$OM_BASE_DB" "$new"
    install_modules "$new" "$names" "$log"
    addons_tool log-findings "$log" >"$(install_findings)"
    rm -rf "$(filestore "$OM_TEMPLATE_DB")"
    mkdir -p "$(filestore "$new")"
    mv "$(filestore "$new")" "$(filestore "$OM_TEMPLATE_DB")"
    sql -c "ALTER DATABASE \"$new\" RENAME TO \"$OM_TEMPLATE_DB\""
}

# Keeps the four templates of this checkout that were used last.
drop_old_suite_templates() {
    local old
    sql -c "SELECT datname FROM pg_database WHERE datname LIKE 'om\\_${OM_ID}\\_suite\\_%'
            ORDER BY shobj_description(oid, 'pg_database') DESC NULLS LAST OFFSET 3" |
        while read -r old; do
            drop_db "$old" || true
            rm -f "$OM_DATA/logs/$old.findings"
        done
}

# A checkout that was deleted leaves its databases and its folder here.
sweep_gone_checkouts() {
    local folder root
    for folder in "$OM_CACHE"/checkout-*; do
        root="$(cat "$folder/root" 2>/dev/null)" || continue
        [ ! -d "$root" ] || continue
        say "removing what is left of $root"
        drop_checkout "${folder##*-}"
    done
}

drop_checkout() {
    drop_databases_like "om\\_$1\\_%"
    rm -rf "$OM_CACHE/checkout-$1"
}

drop_databases_like() {
    local name
    for name in $(sql -c "SELECT datname FROM pg_database WHERE datname LIKE '$1'"); do drop_db "$name"; done
}

# Warnings and errors of ours that installing the current template put into Odoo's log: a failure in
# a test run, a note elsewhere.
install_findings() { printf '%s/logs/%s.findings\n' "$OM_DATA" "$OM_TEMPLATE_DB"; }

warn_of_install_findings() {
    [ ! -s "$(install_findings)" ] || {
        say "note: installing the addons put warnings into Odoo's log:"
        cat "$(install_findings)" >&2
    }
}

# copy_db FROM TO: database and filestore. Files of a filestore never change, so links will do.
copy_db() {
    drop_db "$2"
    sql -c "CREATE DATABASE \"$2\" TEMPLATE \"$1\"" 2>/dev/null || {
        # Somebody is still connected to the template, or copies it as well: once more, a bit later.
        sleep 3
        sql -c "CREATE DATABASE \"$2\" TEMPLATE \"$1\""
    }
    copy_files "$(filestore "$1")" "$(filestore "$2")"
}

# Replaces the folder TO at once; where two do it at the same time, both copies are equal.
copy_files() {
    local part="$2.part-$BASHPID"
    mkdir -p "$part"
    [ ! -d "$1" ] || cp -al "$1/." "$part" 2>/dev/null || cp -a "$1/." "$part"
    rm -rf "$2"
    mv -T "$part" "$2" 2>/dev/null || rm -rf "$part"
}

drop_db() {
    sql -c "DROP DATABASE IF EXISTS \"$1\" WITH (FORCE)" 2>/dev/null
    rm -rf "$(filestore "$1")"
}
