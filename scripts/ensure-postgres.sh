#!/usr/bin/env bash
# Prints the folder that holds PostgreSQL's server programs (initdb, postgres,
# pg_ctl); installs them with apt-get where it may; else says what to install.
# ANXIN_PG_BIN names the folder outright.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

# complete tells whether a folder holds all that a cluster needs.
complete() { [ -x "$1/initdb" ] && [ -x "$1/postgres" ] && [ -x "$1/pg_ctl" ]; }

find_bin() {
	local dir real
	if [ -n "${ANXIN_PG_BIN:-}" ]; then
		complete "$ANXIN_PG_BIN" || die "ANXIN_PG_BIN=$ANXIN_PG_BIN holds no initdb, postgres and pg_ctl"
		echo "$ANXIN_PG_BIN"
		return 0
	fi
	if dir=$(command -v initdb); then
		real=$(dirname "$(readlink -f "$dir")") # a link in /usr/local/bin leads to the whole set
		if complete "$real"; then
			echo "$real"
			return 0
		fi
	fi
	# The newest version first; Debian's, then those of Homebrew and the makers' packages.
	for dir in $(printf '%s\n' /usr/lib/postgresql/*/bin /usr/pgsql-*/bin /usr/local/pgsql/bin /opt/homebrew/opt/postgresql*/bin /usr/local/opt/postgresql*/bin | sort -rV); do
		if complete "$dir"; then
			echo "$dir"
			return 0
		fi
	done
	return 1
}

find_bin || {
	apt_install postgresql || die "PostgreSQL 15 or later is needed for the tests: install the package postgresql (Debian: apt-get install postgresql) or set ANXIN_PG_BIN"
	find_bin || die "PostgreSQL was installed but its programs were not found: set ANXIN_PG_BIN to the folder of initdb"
}
