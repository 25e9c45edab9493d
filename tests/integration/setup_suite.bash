# SPDX-License-Identifier: Apache-2.0
# Once for all integration tests: a private directory with a container's tree, an image and a
# configuration; and afterwards nothing of it is left, processes, mounts and cgroups included.
# shellcheck shell=bash

setup_suite() {
	local here base
	here=$(dirname "${BASH_SOURCE[0]}")
	[[ $EUID -eq 0 ]] || {
		echo "the integration tests need root"
		return 1
	}
	export UIDZERO=${UIDZERO:-$(realpath "$here/../../.output/uidzero")}
	export ACTIONS=${ACTIONS:-$(realpath "$here/../../.output/tests/programs/actions")}
	[[ -x $UIDZERO && -x $ACTIONS ]] || {
		echo "not built: $UIDZERO, $ACTIONS"
		return 1
	}

	# Set-user-id files must work in it.
	base=${TMPDIR:-/tmp}
	[[ $(findmnt -no OPTIONS -T "$base") != *nosuid* ]] || base=/var/tmp
	SUITE=$(mktemp -d "$base/uidzero-test.XXXXXX")
	# In the names of cgroups and containers, so that what is left can be told from what others run.
	SUITE_TAG=${SUITE##*/}
	SUITE_TAG=${SUITE_TAG//./-}
	export SUITE SUITE_TAG
	chmod 0755 "$SUITE"
	# Anybody may run this copy, wherever the checkout lies.
	install -m 0755 "$UIDZERO" "$SUITE/uidzero"
	export UIDZERO=$SUITE/uidzero

	make_rootfs "$SUITE/rootfs"
	make_images "$SUITE/images.tar"
	cat >"$SUITE/config.yaml" <<-CONFIG
		socket: $SUITE/agent.sock
		roots:
		  docker: ["$SUITE/docker/data", "$SUITE/remapped/data/100000.100000", "$SUITE/v2/data"]
		  containerd: ["$SUITE/containerd/state", "$SUITE/docker/exec/containerd/daemon",
		               "$SUITE/remapped/exec/containerd/daemon", "$SUITE/v2/exec/containerd/daemon"]
		  runc: ["$SUITE/runc"]
		  runsc: ["$SUITE/runsc"]
		  podman: ["$SUITE/podman/root", "$SUITE/rootless/home/.local/share/containers/storage"]
		  lxc: ["$SUITE/lxc"]
	CONFIG
}

teardown_suite() {
	local pid status=0
	[[ -d ${SUITE-} ]] || return 0
	for pid in "$SUITE"/{docker,remapped,v2,containerd}/pid; do
		[[ ! -e $pid ]] || stop_daemon "$(<"$pid")"
	done
	kill_ours
	remove_cgroups || status=1
	# Inner mounts come later in the list.
	awk -v dir="$SUITE" 'index($5, dir) == 1 { print $5 }' /proc/self/mountinfo | tac | xargs -r -n1 umount -l
	rm -rf "/run/containerd/runc/$SUITE_TAG" /run/systemd/nspawn/propagate/"$SUITE_TAG"*
	rm -rf "$SUITE"
	return "$status"
}

# --- what is in a container ------------------------------------------------------------------------

make_rootfs() { # directory
	local applet
	mkdir -p "$1"/{bin,dev,etc,proc,root,run,sys,tmp,usr,var}
	chmod 1777 "$1/tmp"
	install "$(command -v busybox)" "$1/bin/busybox"
	for applet in sh id true cat echo sleep ls; do
		ln -s busybox "$1/bin/$applet"
	done
	install "$ACTIONS" "$1/bin/actions"
	install -m 4755 "$ACTIONS" "$1/bin/gain"
	printf '#!/bin/sh\nexit 0\n' >"$1/bin/script"
	chmod 0755 "$1/bin/script"
	printf 'root:x:0:0:root:/root:/bin/sh\napp:x:1001:1001:app:/:/bin/sh\ntoor:x:0:0:another root:/:/bin/sh\n' >"$1/etc/passwd"
	printf 'root:x:0:\napp:x:1001:\n' >"$1/etc/group"
}

# One archive that docker, ctr and podman load: images of the same layer, without and with USER, and a pod's pause.
make_images() { # file
	local dir layer entry
	dir=$(mktemp -d "$SUITE/images.XXXXXX")
	tar -C "$SUITE/rootfs" --numeric-owner --owner=0 --group=0 -cf "$dir/layer.tar" .
	layer=$(sha256sum "$dir/layer.tar")
	layer=${layer%% *}
	for entry in root: app:1001 pause:65535; do
		jq -n --arg layer "sha256:$layer" --arg user "${entry#*:}" \
			--arg machine "$(uname -m | sed 's/x86_64/amd64/;s/aarch64/arm64/')" '{
			architecture: $machine, os: "linux", created: "2000-01-01T00:00:00Z",
			config: {User: $user, Env: ["PATH=/bin"], Labels: {"uidzero.test": "yes"}, Cmd: ["/bin/sleep", "1000"]},
			rootfs: {type: "layers", diff_ids: [$layer]}, history: [{created: "2000-01-01T00:00:00Z"}]}' \
			>"$dir/${entry%:*}.json"
	done
	jq -n '["root", "app", "pause"] | map({Config: (. + ".json"), RepoTags: ["example.test/uidzero:" + .], Layers: ["layer.tar"]})' \
		>"$dir/manifest.json"
	tar -C "$dir" -cf "$1" manifest.json root.json app.json pause.json layer.tar
	rm -rf "$dir"
}

# --- what is left ----------------------------------------------------------------------------------

is_ours() { # pid
	grep -qsF "$SUITE" "/proc/$1/cmdline"
}

# What is left after some time is killed with the rest.
stop_daemon() { # pid
	local deadline=$((SECONDS + 10))
	! is_ours "$1" || kill -TERM "$1"
	while is_ours "$1" && ((SECONDS < deadline)); do
		sleep 0.05
	done
}

# Processes that were started with our directory on their command line, or that live on its files.
kill_ours() {
	local dir host
	host=$(readlink /proc/self/ns/mnt)
	for dir in /proc/[0-9]*; do
		# By the threads' cgroups: the first thread may have ended, and tells nothing else any more.
		if is_ours "${dir#/proc/}" || grep -qsF "$SUITE_TAG" "$dir"/task/*/cgroup ||
			{ [[ $(readlink "$dir/ns/mnt") != "$host" ]] && grep -qsF "$SUITE" "$dir/mountinfo"; }; then
			kill -KILL "${dir#/proc/}" 2>/dev/null || true
		fi
	done
}

our_cgroups() { # find's arguments
	find /sys/fs/cgroup -depth -type d \( -path "*$SUITE_TAG*" -o -path "*${SUITE_TAG//-/?x2d}*" \) "$@"
}

remove_cgroups() {
	local id i
	for id in "$SUITE"/docker/data/containers/* "$SUITE"/remapped/data/*/containers/* $(cat "$SUITE/podman/ids" 2>/dev/null); do
		# The pattern itself, where there was no container: it matches every cgroup of the host.
		[[ $id != *'*' ]] || continue
		find /sys/fs/cgroup -depth -type d -path "*${id##*/}*" -exec rmdir {} + 2>/dev/null
	done
	# Who was killed is in them until it is gone.
	for i in {1..100}; do
		our_cgroups -exec rmdir {} + 2>/dev/null
		[[ -n $(our_cgroups) ]] || break
		sleep 0.05
	done
	# Parents that the runtimes made; those in use refuse.
	find /sys/fs/cgroup -maxdepth 3 -depth -type d \( -name lxc.pivot -o -name libpod_parent -o -name conmon \
		-o -name docker -o -name machine.slice \) -exec rmdir {} + 2>/dev/null
	[[ -z $(our_cgroups) ]] || {
		echo "cgroups are left behind: $(our_cgroups)" >&2
		return 1
	}
}
