#!/usr/bin/env bash
# Prints the path of a Chromium or Chrome for the browser tests; installs
# Debian's with apt-get where it may; else says what to install.
# CHROMIUM names the program outright.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

find_browser() {
	local name path
	for name in chromium chromium-browser google-chrome google-chrome-stable chrome; do
		if path=$(command -v "$name"); then
			echo "$path"
			return 0
		fi
	done
	path="/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"
	[ -x "$path" ] && echo "$path"
}

if [ -n "${CHROMIUM:-}" ]; then
	browser=$(command -v "$CHROMIUM") || die "CHROMIUM=$CHROMIUM is no program"
elif ! browser=$(find_browser); then
	apt_install chromium fonts-noto-cjk || die "Chromium is needed for the browser tests: install the package chromium (Debian: apt-get install chromium fonts-noto-cjk) or set CHROMIUM"
	browser=$(find_browser) || die "Chromium was installed but not found: set CHROMIUM to its path"
fi

# Without a Chinese font the tests pass but the screenshots show boxes.
if command -v fc-list >/dev/null && [ -z "$(fc-list :lang=zh-cn family)" ]; then
	apt_install fonts-noto-cjk || say "no Chinese font is installed: screenshots will show boxes (Debian: apt-get install fonts-noto-cjk)"
fi
echo "$browser"
