# shellcheck shell=bash
# What the machine itself must have: Debian packages, nothing else. Root installs what is missing,
# an ordinary user is told the one line to run.

# missing_packages [python|sshd]: all that is missing, or only what Python or the tests of SFTP need.
missing_packages() {
    local missing=()
    if [ "${1-}" = sshd ]; then
        [ -x /usr/sbin/sshd ] || printf 'openssh-server\n'
        return
    fi
    local python
    python="$(find_python)"
    if [ -z "$python" ] || ! "$python" -c 'import ensurepip, venv' >/dev/null 2>&1; then
        missing+=(python3-venv)
    fi
    [ -e /etc/ssl/certs/ca-certificates.crt ] || missing+=(ca-certificates)
    [ "${1-}" = python ] || missing_servers
    printf '%s\n' "${missing[@]}"
}

missing_servers() {
    have initdb || [ -n "$(pg_bindir)" ] || [ -n "${PGHOST-}" ] || missing+=(postgresql)
    have psql || missing+=(postgresql-client)
    have chromium || have chromium-browser || have google-chrome || missing+=(chromium)
    have wkhtmltopdf || missing+=(wkhtmltopdf)
}

# Odoo 19 runs on Python 3.10 to 3.13.
find_python() {
    local candidate
    for candidate in "${OM_PYTHON3-}" python3 python3.13 python3.12 python3.11 python3.10 /usr/bin/python3; do
        [ -n "$candidate" ] && have "$candidate" || continue
        if "$candidate" -c 'import sys; sys.exit(not (3, 10) <= sys.version_info < (3, 14))' 2>/dev/null; then
            command -v "$candidate"
            return
        fi
    done
}

setup_machine() {
    local packages
    mapfile -t packages < <(missing_packages "${1-}")
    [ "${#packages[@]}" -gt 0 ] && [ -n "${packages[0]}" ] || return 0
    if ! have apt-get; then
        fail "packages are missing: ${packages[*]}" "this machine has no apt-get to install them with" \
            "install them in your system's way, then run this again"
    fi
    if ! is_root; then
        fail "packages are missing: ${packages[*]}" "only root can install them" \
            "sudo apt-get update && sudo apt-get install -y --no-install-recommends ${packages[*]}"
    fi
    say "installing with apt: ${packages[*]}"
    export DEBIAN_FRONTEND=noninteractive
    apt-get -q update </dev/null >"$OM_CACHE/apt-update.log" 2>&1 || say "apt-get update had errors (log: $OM_CACHE/apt-update.log)"
    # RUNLEVEL=1 keeps Debian's own PostgreSQL service from being started: we run our own cluster.
    run_logged "$OM_CACHE/apt-install.log" "apt-get install ${packages[*]}" \
        "run it by hand, cure what it says, then run this again" \
        env RUNLEVEL=1 apt-get -q -y -o DPkg::Lock::Timeout=300 --no-install-recommends install "${packages[@]}"
}

# A real SSH server for the tests of SFTP; they are skipped, with the reason, where there is none. It
# only runs while a test needs it.
setup_sshd() {
    [ ! -x /usr/sbin/sshd ] && is_root && have apt-get || return 0
    setup_machine sshd
    ! have systemctl || systemctl disable --now ssh.service ssh.socket >/dev/null 2>&1 || true
}
