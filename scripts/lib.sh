# shellcheck shell=bash
# What the scripts in this folder share. Sourced, not run.

# say prints a line for people; scripts keep stdout for their answer.
say() { printf '%s\n' "$*" >&2; }

die() {
	say "$*"
	exit 1
}

# as_root runs a command with the rights to install packages, or fails.
as_root() {
	if [ "$(id -u)" = 0 ]; then
		"$@"
	elif command -v sudo >/dev/null && sudo -n true 2>/dev/null; then
		sudo -n "$@"
	else
		return 1
	fi
}

# apt_install installs Debian packages where apt is there and we may use it.
# ANXIN_NO_INSTALL=1 forbids it.
apt_install() {
	[ -z "${ANXIN_NO_INSTALL:-}" ] || return 1
	command -v apt-get >/dev/null || return 1
	as_root true || return 1
	say "installing $* with apt-get"
	as_root env DEBIAN_FRONTEND=noninteractive apt-get update -qq >&2 || say "apt-get update failed; trying with the lists at hand"
	as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" >&2
}
