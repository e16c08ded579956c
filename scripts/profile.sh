#!/usr/bin/env bash
# Writes vrp/profile-….pgo, by which make binary builds the planner: short plans
# of each kind of published instance, offers and repairs, and of them the calls
# within vrp, as lines of text. Builds have no profile meanwhile.
set -euo pipefail
cd "$(dirname "$0")/.."
: "${ANXIN_BENCH:?the folder of the published instances}"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
GO=${GO:-go}

"$GO" run ./cmd/bench dispatch --slice --time 4 --set 'day a,day b,day c,gh200,pillac,slots' --profile "$work/cpu.prof" >/dev/null
"$GO" tool preprofile -i "$work/cpu.prof" -o "$work/all.pgo"
# After the first line three tell of one call: who calls, whom, and where how often.
awk 'NR == 1 { print; next }
	NR % 3 == 2 { caller = $0; next }
	NR % 3 == 0 { callee = $0; next }
	caller ~ /^anxin\/vrp/ && callee ~ /^anxin\/vrp/ && $2 > 1 { print caller; print callee; print }' "$work/all.pgo" >"$work/vrp.pgo"
[ "$(wc -l <"$work/vrp.pgo")" -gt 100 ] || { echo "the profile says next to nothing" >&2; exit 1; }

name=vrp/profile-$(sha256sum "$work/vrp.pgo" | cut -c1-8).pgo
rm -f vrp/profile-*.pgo
cp "$work/vrp.pgo" "$name"
echo "$name: $(($(wc -l <"$name") / 3)) calls"
