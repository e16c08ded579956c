#!/usr/bin/env bash
# Runs a command with a throw-away PostgreSQL cluster:
#
#   scripts/with-postgres.sh [--durable] command [argument ...]
#
# The cluster lives in a temporary folder, listens on a unix socket only and
# goes when the command ends, however it ends. The command finds its address in
# ANXIN_TEST_POSTGRES (a URL; the user may create databases). When that variable
# is set already, the server it names is used and none is started.
#
# --durable keeps fsync on, for measurements; without it a crash of the machine
# loses the cluster, which no test minds.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
. "$here/lib.sh"

durable=off
if [ "${1:-}" = --durable ]; then
	durable=on
	shift
fi
[ $# -gt 0 ] || die "usage: scripts/with-postgres.sh [--durable] command [argument ...]"

if [ -n "${ANXIN_TEST_POSTGRES:-}" ]; then
	exec "$@"
fi

bin=$("$here/ensure-postgres.sh")
# A unix socket's path has room for about 100 characters, which a deep TMPDIR exceeds.
base=${TMPDIR:-/tmp}
[ ${#base} -lt 50 ] || base=/tmp
dir=$(mktemp -d "$base/anxin-pg.XXXXXX")

# PostgreSQL refuses to run as root.
as_owner() { "$@"; }
if [ "$(id -u)" = 0 ]; then
	owner=nobody
	! id postgres >/dev/null 2>&1 || owner=postgres
	chown "$owner" "$dir"
	if command -v setpriv >/dev/null; then
		as_owner() { setpriv --reuid="$owner" --regid="$(id -g "$owner")" --clear-groups -- "$@"; }
	elif command -v runuser >/dev/null; then
		as_owner() { runuser -u "$owner" -- "$@"; }
	else
		as_owner() { su -s /bin/sh "$owner" -c 'exec "$0" "$@"' -- "$@"; }
	fi
fi
chmod 755 "$dir" # the tests reach the socket as another user

stop() {
	trap - EXIT
	if [ -f "$dir/data/postmaster.pid" ]; then
		(cd "$dir" && as_owner "$bin/pg_ctl" -D "$dir/data" -m immediate -w stop >/dev/null 2>&1) || true
	fi
	rm -rf "$dir"
}
child=
interrupted() {
	trap - INT TERM HUP
	if [ -n "$child" ]; then
		kill -TERM -- "-$child" 2>/dev/null || true
		wait "$child" 2>/dev/null || true
	fi
	exit 130
}
trap stop EXIT
trap interrupted INT TERM HUP

# Run from $dir: the owner may not enter the folder we were called from.
if ! (cd "$dir" && LC_ALL=C as_owner "$bin/initdb" -D data -U anxin -A trust -E UTF8 --locale=C --no-sync) >"$dir/initdb.log" 2>&1; then
	cat "$dir/initdb.log" >&2
	die "initdb failed"
fi
# C.UTF-8 would be nicer for lower(), but not every system has it; the product
# sorts and folds case by itself.
cat >>"$dir/data/postgresql.conf" <<CONF
listen_addresses = ''
unix_socket_directories = '$dir'
max_connections = 200
shared_buffers = 128MB
max_wal_size = 1GB
timezone = 'UTC'
log_timezone = 'UTC'
autovacuum_naptime = 1min
fsync = $durable
full_page_writes = $durable
synchronous_commit = $durable
CONF
if ! (cd "$dir" && as_owner "$bin/pg_ctl" -D "$dir/data" -l "$dir/log" -w -t 60 start) >"$dir/start.log" 2>&1; then
	cat "$dir/start.log" "$dir/log" >&2 2>/dev/null || true
	die "PostgreSQL did not start"
fi

export ANXIN_TEST_POSTGRES="postgres://anxin@/postgres?host=$dir&sslmode=disable"
export ANXIN_PG_BIN="$bin"
status=0
# Both below get a process group of their own: the command so that an interrupt
# reaches all it started, the watcher so that it outlives what kills us.
set -m
"$@" <&0 &
child=$!
# When this script is killed outright, nobody is left to run stop: a watcher is.
(
	trap - EXIT INT TERM HUP
	while kill -0 $$ 2>/dev/null; do sleep 2; done
	kill -TERM -- "-$child" 2>/dev/null || true
	[ ! -d "$dir" ] || stop
) </dev/null >/dev/null 2>&1 &
watcher=$!
set +m
wait "$child" || status=$?
child=
kill -- "-$watcher" 2>/dev/null || true
wait "$watcher" 2>/dev/null || true
if [ "$status" != 0 ] && [ -s "$dir/log" ] && grep -qE 'PANIC|FATAL:  (could not|out of)' "$dir/log"; then
	say "the last lines of PostgreSQL's log:"
	tail -n 20 "$dir/log" >&2
fi
exit "$status"
