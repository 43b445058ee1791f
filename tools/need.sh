#!/usr/bin/env bash
# Sees to it that a program which the tests need is there: tools/need.sh chromium | gcc | postgresql
# On Debian and its kin a missing one is installed through apt-get; elsewhere it says what to do.
set -euo pipefail

install() {
	local elevate=()
	if [ "$(id -u)" -ne 0 ]; then
		command -v sudo >/dev/null || return 1
		elevate=(sudo)
	fi
	command -v apt-get >/dev/null || return 1
	echo "installing $* (needed by the tests)" >&2
	"${elevate[@]}" apt-get update -qq
	DEBIAN_FRONTEND=noninteractive "${elevate[@]}" apt-get install -y -qq --no-install-recommends "$@" >&2
}

case "${1:-}" in
chromium)
	# PORTAL_CHROMIUM names a Chromium or Chrome that lives elsewhere. The shell without windows is the smaller and
	# faster one; older systems have it inside the package chromium only.
	if [ -n "${PORTAL_CHROMIUM:-}" ]; then
		[ -x "$PORTAL_CHROMIUM" ] && exit
		echo "PORTAL_CHROMIUM=$PORTAL_CHROMIUM is not a program" >&2
		exit 1
	fi
	[ -x /usr/bin/chromium-headless-shell ] || [ -x /usr/bin/chromium ] ||
		install chromium-headless-shell fonts-dejavu-core fonts-liberation ||
		install chromium fonts-dejavu-core fonts-liberation || {
		echo "The browser tests need Chromium. Install it and set PORTAL_CHROMIUM=/path/to/chromium." >&2
		exit 1
	}
	;;
gcc)
	command -v "${CC:-gcc}" >/dev/null || install gcc libc6-dev || {
		echo "The race detector needs a C compiler. Install one and set CC to its name." >&2
		exit 1
	}
	;;
postgresql)
	# The tests run a server of their own, in a temporary folder. PORTAL_POSTGRES_BIN names a folder with initdb and
	# pg_ctl that is not Debian's and not on the path.
	server() {
		[ -n "${PORTAL_POSTGRES_BIN:-}" ] || ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || command -v initdb >/dev/null
	}
	if [ -n "${PORTAL_POSTGRES_BIN:-}" ] && [ ! -x "$PORTAL_POSTGRES_BIN/initdb" ]; then
		echo "PORTAL_POSTGRES_BIN=$PORTAL_POSTGRES_BIN has no program initdb" >&2
		exit 1
	fi
	server || { install postgresql && server; } || {
		echo "The tests need a PostgreSQL server (15 or newer). Install it and set PORTAL_POSTGRES_BIN=/path/to/its/bin." >&2
		exit 1
	}
	;;
*)
	echo "usage: tools/need.sh chromium|gcc|postgresql" >&2
	exit 2
	;;
esac
