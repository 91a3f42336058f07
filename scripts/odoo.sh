# shellcheck shell=bash
# Odoo 19 in the cache (or where OM_ODOO points) and the Python environment that runs it.

OM_PACKAGES="$OM_ROOT/scripts/odoo-packages.txt"

# Folder that holds the Python package `odoo`.
odoo_home() {
    local candidate
    if [ -n "${OM_ODOO-}" ]; then
        for candidate in "$OM_ODOO" "$OM_ODOO/usr/lib/python3/dist-packages" "$(dirname "$OM_ODOO")"; do
            if [ -f "$candidate/odoo/release.py" ]; then
                (cd "$candidate" && pwd -P)
                return
            fi
        done
        fail "OM_ODOO=$OM_ODOO is not an Odoo" "there is no odoo/release.py in it" \
            "point OM_ODOO to the folder that holds odoo-bin (source) or the Python package 'odoo'"
    fi
    printf '%s\n' "$(odoo_root)/usr/lib/python3/dist-packages"
}

# The pin file's hash is in the folder's name: a folder that exists is complete and never changes.
odoo_root() { printf '%s/odoo-%s\n' "$OM_CACHE" "$(short_hash <"$OM_PACKAGES")"; }

odoo_version() {
    "$(find_python)" - "$(odoo_home)/odoo/release.py" <<'PY'
import runpy, sys
print(".".join(map(str, runpy.run_path(sys.argv[1])["version_info"][:2])))
PY
}

setup_odoo() {
    odoo_home >/dev/null # tells what is wrong with OM_ODOO, once
    if [ -z "${OM_ODOO-}" ]; then
        [ -d "$(odoo_root)" ] || with_lock odoo unpack_odoo
    elif [ "$(odoo_version)" != 19.0 ]; then
        fail "OM_ODOO=$OM_ODOO is Odoo $(odoo_version)" "the addons are written for Odoo 19.0" \
            "point OM_ODOO to an Odoo 19.0, or unset it: ./om setup then fetches one"
    fi
}

unpack_odoo() {
    local root work package suite version sha256
    root="$(odoo_root)"
    [ ! -d "$root" ] || return 0 # another ./om did it while we waited
    have dpkg-deb && have apt-get || fail "Odoo 19 cannot be fetched here" \
        "it comes as a Debian package, and this machine has no apt" \
        "install Odoo 19 in another way and set OM_ODOO=/path/to/odoo"
    rm -rf "$OM_CACHE"/work-odoo.*
    work="$(mktemp -d "$OM_CACHE/work-odoo.XXXXXX")"
    mkdir -p "$work/tree" "$OM_CACHE/downloads"
    while read -r package suite version sha256; do
        case "$package" in '' | '#'*) continue ;; esac
        fetch_package "$work" "$package" "$suite" "$version" "$sha256"
        say "unpacking $package"
        dpkg-deb -x "$work/$package.deb" "$work/tree" || fail "$package could not be unpacked" \
            "see the message above (is the disk full?)" "run ./om setup again"
    done <"$OM_PACKAGES"
    add_selfie_segmentation "$work"
    local dangling
    dangling="$(find "$work/tree" -xtype l | sed "s#$work/tree##")"
    [ -z "$dangling" ] || say "note: these links of Odoo's package lead nowhere: $dangling"
    mv "$work/tree" "$root"
    rm -rf "$work"
}

# fetch_package WORK NAME SUITE VERSION SHA256 -> WORK/NAME.deb, from the downloads kept or the mirror
fetch_package() {
    local work="$1" package="$2" suite="$3" version="$4" sha256="$5"
    local kept="$OM_CACHE/downloads/$package-$sha256.deb"
    if [ -f "$kept" ]; then
        ln "$kept" "$work/$package.deb" 2>/dev/null || cp "$kept" "$work/$package.deb"
        return
    fi
    [ -f "$work/apt.conf" ] || private_apt "$work"
    say "fetching $package $version"
    mkdir -p "$work/deb"
    if ! (cd "$work/deb" && apt-get -q=2 -c "$work/apt.conf" download "$package=$version" </dev/null >>"$work/apt.log" 2>&1); then
        say "note: $package $version is no longer in the archive; taking the current one of $suite"
        (cd "$work/deb" && apt-get -q=2 -c "$work/apt.conf" download "$package/$suite" </dev/null >>"$work/apt.log" 2>&1) ||
            fail "Debian's package $package could not be fetched" "$(tail -n 2 "$work/apt.log" | tr '\n' ' ')" \
                "check the network and 'apt-get update', or set OM_ODOO=/path/to/odoo to use an Odoo 19 you have"
        mv "$work/deb"/*.deb "$work/$package.deb"
        return # apt checked it against the archive's signed index; there is no pin for it
    fi
    mv "$work/deb"/*.deb "$work/$package.deb"
    if [ "$(sha256sum <"$work/$package.deb" | cut -d' ' -f1)" != "$sha256" ]; then
        fail "$package $version has another SHA256 than the one pinned" \
            "the archive gave a file that is not the one this project was tested with" \
            "if you trust it, put its hash into scripts/odoo-packages.txt"
    fi
    cp "$work/$package.deb" "$kept.part" && mv "$kept.part" "$kept"
}

# An apt of our own: the machine's mirror and keyring, suites of our own, nothing of the machine's
# sources or lists is touched and nothing gets installed. A mirror that lags behind sid (whose lists
# expire within days) is welcome: what we take from it is pinned by hash.
private_apt() {
    local work="$1" mirror signed="" found=""
    mkdir -p "$work/lists/partial" "$work/archives/partial"
    cat >"$work/apt.conf" <<CONF
Dir::Etc::SourceList "$work/sources.list";
Dir::Etc::SourceParts "/dev/null";
Dir::Etc::Preferences "/dev/null";
Dir::Etc::PreferencesParts "/dev/null";
Dir::State::Lists "$work/lists";
Dir::Cache "$work";
APT::Sandbox::User "";
Acquire::Languages "none";
Acquire::Check-Valid-Until "false";
CONF
    [ ! -f /usr/share/keyrings/debian-archive-keyring.gpg ] ||
        signed="[signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] "
    # Of the mirrors this machine uses, the first that has our suites and is signed by Debian.
    while read -r mirror; do
        printf "deb ${signed}%s %s main\n" "$mirror" bookworm "$mirror" sid >"$work/sources.list"
        if apt-get -q -c "$work/apt.conf" update </dev/null >"$work/apt.log" 2>&1 &&
            apt-cache -c "$work/apt.conf" show odoo-19 >/dev/null 2>&1; then
            found="$mirror"
            break
        fi
    done < <(apt-get indextargets --format '$(REPO_URI)' 2>/dev/null | sort -u)
    [ -n "$found" ] || fail "no mirror of this machine has Odoo 19" \
        "it is in Debian's suite sid; of each mirror apt knows here: $(grep -E '^[EW]:' "$work/apt.log" | tail -n 1)" \
        "add a Debian mirror to apt, or set OM_ODOO=/path/to/odoo to use an Odoo 19 you have"
}

# Debian's package lacks one file of third parties (background blur in video calls). Its absence is
# an error in every page's console, and that fails browser tours. Without npm a stub does: the
# script's models come from the internet in any case.
add_selfie_segmentation() {
    local work="$1" folder
    folder="$work/tree/usr/lib/python3/dist-packages/odoo/addons/mail/static/lib/selfie_segmentation"
    [ ! -e "$folder/selfie_segmentation.js" ] || return 0
    mkdir -p "$folder" "$work/npm"
    if have npm && (cd "$work/npm" && npm pack --silent @mediapipe/selfie_segmentation@0.1.1675465747 </dev/null >>"$work/npm.log" 2>&1 &&
        tar -xzf ./*.tgz package/selfie_segmentation.js && install -m 0644 package/selfie_segmentation.js "$folder/"); then
        return 0
    fi
    say "note: no background blur in Odoo's video calls (its script is not in Debian's package, and npm is not here)"
    echo '/* Stub: background blur in video calls is not part of the Debian package of Odoo. */' >"$folder/selfie_segmentation.js"
}

# ---------------------------------------------------------------------------------- Python

venv_home() {
    local key
    key="$(cat "$OM_ROOT/requirements.txt" "$OM_ROOT/requirements-dev.txt" \
        <("$(find_python)" -c 'import sys; print(sys.version, sys.base_prefix)') <(odoo_home) | short_hash)"
    printf '%s/venv-%s\n' "$OM_CACHE" "$key"
}

setup_venv() {
    OM_VENV="$(venv_home)"
    [ -f "$OM_VENV/complete" ] || with_lock venv make_venv "$OM_VENV"
    touch "$OM_VENV/complete" # in use
    OM_PYTHON="$OM_VENV/bin/python"
    export OM_PYTHON
}

# A virtual environment cannot be renamed (its scripts name its path), so a stamp marks a whole one.
make_venv() {
    local venv="$1"
    [ ! -f "$venv/complete" ] || return 0
    find "$OM_CACHE" -mindepth 2 -maxdepth 2 -path '*/venv-*/complete' -mtime +30 -printf '%h\0' | xargs -0r rm -rf
    say "making the Python environment ($("$(find_python)" --version))"
    rm -rf "$venv"
    run_logged "$OM_CACHE/venv.log" "python3 -m venv" "apt-get install python3-venv, then run this again" \
        "$(find_python)" -m venv "$venv"
    tell_pip_of_odoo "$venv"
    run_logged "$OM_CACHE/pip.log" "the Python libraries could not be installed" \
        "check the network and pip's settings ('pip config list'), then run this again" \
        "$venv/bin/pip" install -q -r "$OM_ROOT/requirements.txt" -r "$OM_ROOT/requirements-dev.txt"
    odoo_home >"$("$venv/bin/python" -c 'import sysconfig; print(sysconfig.get_path("purelib"))')/odoo.pth"
    touch "$venv/complete"
}

# Addons from PyPI ask pip for a package `odoo`. It is here, though pip did not install it; without this
# note pip would look for it, and build what its metadata asks for once more.
tell_pip_of_odoo() {
    local note
    note="$("$1/bin/python" -c 'import sysconfig; print(sysconfig.get_path("purelib"))')/odoo-19.0.dist-info"
    mkdir -p "$note"
    printf 'Metadata-Version: 2.1\nName: odoo\nVersion: 19.0\n' >"$note/METADATA"
    printf 'om\n' >"$note/INSTALLER"
    : >"$note/RECORD"
}
