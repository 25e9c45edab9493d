# SPDX-License-Identifier: Apache-2.0
# Debian packages of any suite and architecture, by a private apt: the system's own sources and packages stay as they are.
# The mirror is the one that the system's apt uses for Debian itself, or UIDZERO_VM_MIRROR: the address below which debian/
# and debian-security/ lie, for suites that moved to an archive.
# shellcheck shell=bash

private_apt_fail() { # sentence
	echo "${0##*/}: $1" >&2
	exit 3
}

# The repository that the system uses: Debian's own, or its security updates.
system_repository() { # release
	apt-get indextargets --format '$(RELEASE) $(REPO_URI)' 'Created-By: Packages' 'Component: main' 2>/dev/null |
		awk -v release="$1" '$1 == release { print $2; exit }'
}

repository_of() { # suite
	local security=
	[[ $1 != *-security ]] || security=-security
	if [[ -n ${UIDZERO_VM_MIRROR-} ]]; then
		echo "${UIDZERO_VM_MIRROR%/}/debian$security"
	else
		system_repository "$(. /etc/os-release && echo "$VERSION_CODENAME")$security"
	fi
}

# Everything that apt reads and writes lies below one directory; proxies and the like stay as the system sets them.
make_apt() { # directory, architecture, suite...
	local dir=$1 arch=$2 suite repository command keyring=/usr/share/keyrings/debian-archive-keyring.gpg
	shift 2
	for command in apt-get dpkg-deb; do
		command -v "$command" >/dev/null || private_apt_fail "$command is missing: packages are fetched from Debian's archive"
	done
	[[ -r $keyring ]] || private_apt_fail "$keyring is missing: install debian-archive-keyring"
	mkdir -p "$dir"/{state/lists/partial,cache/archives/partial,etc}
	: >"$dir/status"
	for suite; do
		repository=$(repository_of "$suite")
		[[ -n $repository ]] || private_apt_fail "apt has no Debian mirror here: set UIDZERO_VM_MIRROR"
		echo "deb [arch=$arch signed-by=$keyring] $repository $suite main"
	done >"$dir/etc/sources.list"
	cat >"$dir/apt.conf" <<-CONF
		#clear APT::Update::Post-Invoke;
		#clear APT::Update::Post-Invoke-Success;
		APT::Architecture "$arch";
		APT::Architectures { "$arch"; };
		APT::Sandbox::User "root";
		Dir::Etc::sourcelist "$dir/etc/sources.list";
		Dir::Etc::sourceparts "/dev/null";
		Dir::Etc::preferences "/dev/null";
		Dir::Etc::preferencesparts "/dev/null";
		Dir::State "$dir/state";
		Dir::State::status "$dir/status";
		Dir::Cache "$dir/cache";
		Acquire::Languages "none";
		Acquire::IndexTargets::deb::DEP-11::DefaultEnabled "false";
		// A mirror may lag behind, and the older suites are not signed anew; the signature still has to be right.
		Acquire::Check-Valid-Until "false";
		Acquire::Retries "3";
	CONF
	apt-get -q=2 -c "$dir/apt.conf" update
}

newest_package() { # apt's directory, pattern; the names carry the versions
	local name
	apt-cache -c "$1/apt.conf" pkgnames linux- | while read -r name; do
		# shellcheck disable=SC2053
		[[ $name != $2 ]] || echo "$name"
	done | sort -V | tail -n 1
}

# Into the working directory.
download_packages() { # apt's directory, package...
	local dir=$1
	shift
	apt-get -q=2 -c "$dir/apt.conf" download "$@"
}
