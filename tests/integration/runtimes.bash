# SPDX-License-Identifier: Apache-2.0
# Starts containers with each runtime, in the suite's private directories, apart from what else runs here.
# shellcheck shell=bash disable=SC2034

IMAGE=example.test/uidzero

# --- a host with cgroup v2 alone --------------------------------------------------------------------

# in_v2_view COMMAND...: v1's hierarchies are not mounted.
in_v2_view() {
	exec unshare -m sh -c 'umount -l /sys/fs/cgroup; mount -t cgroup2 cgroup2 /sys/fs/cgroup && exec "$@"' sh "$@"
}

# on_v2 NAME COMMAND...: there, and a cgroup of the suite is the root of all. Its processes are in a child,
# since a cgroup that hands its controllers down may have none of its own.
on_v2() {
	local dir=/sys/fs/cgroup/unified
	[[ -d $dir ]] || dir=/sys/fs/cgroup
	mkdir -p "$dir/$SUITE_TAG/$1"
	echo "$BASHPID" >"$dir/$SUITE_TAG/$1/cgroup.procs"
	# shellcheck disable=SC2016
	exec unshare -mC sh -c 'umount -l /sys/fs/cgroup; mount -t cgroup2 cgroup2 /sys/fs/cgroup && mkdir -p /sys/fs/cgroup/init &&
		echo $$ >/sys/fs/cgroup/init/cgroup.procs && exec "$@"' sh "${@:2}"
}

# --- docker ----------------------------------------------------------------------------------------

docker() {
	DOCKER_HOST=unix://${DOCKER_SOCKET:-$SUITE/docker/socket} DOCKER_CONFIG=$SUITE/docker command docker "$@"
}

# The suite's dockerd: started by the first that needs it, ended with the suite.
need_dockerd() {
	[[ ! -e $SUITE/docker/pid ]] || return 0
	mkdir -p "$SUITE/docker"
	make_limited_runc "$SUITE/docker/runc"
	setsid dockerd --iptables=false --ip6tables=false --bridge=none --data-root "$SUITE/docker/data" \
		--exec-root "$SUITE/docker/exec" --pidfile "$SUITE/docker/pid" --host "unix://$SUITE/docker/socket" \
		--add-runtime "limited=$SUITE/docker/runc" >"$SUITE/docker/log" 2>&1 3>&- </dev/null &
	wait_for 60 docker version >/dev/null 2>&1 || {
		tail -n 20 "$SUITE/docker/log"
		return 1
	}
	docker load -q -i "$SUITE/images.tar" >/dev/null
}

# A runc that gives no capabilities which are not to be had here: `--privileged` asks for all that the kernel knows.
make_limited_runc() { # file
	cat >"$1" <<-'SCRIPT'
		#!/bin/bash
		for argument; do
			[[ ${before-} != --bundle ]] || config=$argument/config.json
			before=$argument
		done
		if [[ -e ${config-} ]]; then
			here=$(capsh --print | sed -n 's/^Bounding set =//p' | tr '[:lower:]' '[:upper:]')
			edited=$(jq --arg here "$here" '.process.capabilities |= map_values(. - (. - ($here / ",")))' "$config")
			printf '%s' "$edited" >"$config"
		fi
		exec runc "$@"
	SCRIPT
	chmod 0755 "$1"
}

# A dockerd whose containers' root is uid 100000, until the test ends. /etc/subuid is the host's: it sees another one.
start_remapped_dockerd() {
	local dir=$SUITE/remapped etc=$BATS_TEST_TMPDIR/etc
	mkdir -p "$dir" "$etc"/{upper,work}
	cat >"$etc/start" <<-SCRIPT
		mount -t overlay -o lowerdir=/etc,upperdir=$etc/upper,workdir=$etc/work overlay /etc &&
		echo nobody:100000:65536 >/etc/subuid && cp /etc/subuid /etc/subgid &&
		exec dockerd --iptables=false --ip6tables=false --bridge=none --userns-remap=nobody:nogroup \
			--data-root "$dir/data" --exec-root "$dir/exec" --pidfile "$dir/pid" --host "unix://$dir/socket"
	SCRIPT
	setsid unshare -m sh "$etc/start" >"$dir/log" 2>&1 3>&- </dev/null &
	load_into_dockerd "$dir"
}

# A dockerd that knows of cgroup v2 alone, with overlay2, until the test ends.
start_v2_dockerd() {
	local dir=$SUITE/v2
	mkdir -p "$dir"
	on_v2 docker setsid dockerd --iptables=false --ip6tables=false --bridge=none \
		--storage-driver overlay2 --data-root "$dir/data" --exec-root "$dir/exec" --pidfile "$dir/pid" \
		--host "unix://$dir/socket" >"$dir/log" 2>&1 3>&- </dev/null &
	load_into_dockerd "$dir"
}

# Once it answers; it ends with the test.
load_into_dockerd() { # directory
	wait_for 60 env DOCKER_HOST="unix://$1/socket" docker version >/dev/null 2>&1 || {
		tail -n 20 "$1/log"
		return 1
	}
	defer stop_dockerd "$1"
	DOCKER_SOCKET=$1/socket docker load -q -i "$SUITE/images.tar" >/dev/null
}

stop_dockerd() { # directory
	kill -TERM "$(<"$1/pid")"
	wait_for 10 test ! -e "$1/pid"
}

# docker_run ID_FILE ARG...: to its end; its id stands in the file afterwards.
docker_run() {
	local id_file=$1
	shift
	rm -f "$id_file"
	docker run --rm --network none --cidfile "$id_file" "$@" </dev/null 3>&-
}

# docker_start ID_FILE ARG...: in the background, removed when the test ends.
docker_start() {
	docker_run "$1" -d "${@:2}" >/dev/null
	defer docker rm -f "$(<"$1")"
}

# --- containerd ------------------------------------------------------------------------------------

ctr() {
	command ctr --address "$SUITE/containerd/socket" --namespace "$SUITE_TAG" "$@"
}

need_containerd() {
	[[ ! -e $SUITE/containerd/pid ]] || return 0
	mkdir -p "$SUITE/containerd"
	cat >"$SUITE/containerd/config.toml" <<-CONFIG
		version = 2
		root = "$SUITE/containerd/root"
		state = "$SUITE/containerd/state"
		[grpc]
		  address = "$SUITE/containerd/socket"
		[plugins."io.containerd.grpc.v1.cri"]
		  sandbox_image = "$IMAGE:pause"
		  restrict_oom_score_adj = true
	CONFIG
	setsid containerd --config "$SUITE/containerd/config.toml" >"$SUITE/containerd/log" 2>&1 3>&- </dev/null &
	echo $! >"$SUITE/containerd/pid"
	wait_for 30 ctr version >/dev/null 2>&1 || {
		tail -n 20 "$SUITE/containerd/log"
		return 1
	}
	ctr image import "$SUITE/images.tar" >/dev/null
}

# The suite's containerd as a kubelet uses it.
cri() {
	"$TOP/tests/integration/cri.py" "$SUITE/containerd/socket" "$@" 3>&-
}

need_cri() {
	need_containerd
	[[ ! -e $SUITE/containerd/cri ]] || return 0
	command ctr --address "$SUITE/containerd/socket" --namespace k8s.io image import "$SUITE/images.tar" >/dev/null
	touch "$SUITE/containerd/cri"
}

# --- podman ----------------------------------------------------------------------------------------

podman() {
	CONTAINERS_CONF=$SUITE/podman/containers.conf command podman --root "$SUITE/podman/root" --runroot "$SUITE/podman/run" \
		--tmpdir "$SUITE/podman/tmp" --cgroup-manager=cgroupfs --events-backend=none --runtime runc "$@"
}

need_podman() {
	[[ ! -e $SUITE/podman/loaded ]] || return 0
	mkdir -p "$SUITE/podman"
	echo '{"default": [{"type": "insecureAcceptAnything"}]}' >"$SUITE/podman/policy.json"
	# Limits that this user may set anywhere, and none that need a controller of cgroups.
	cat >"$SUITE/podman/containers.conf" <<-'CONFIG'
		[containers]
		default_ulimits = ["nofile=1024:1024", "nproc=1000:1000"]
		pids_limit = 0
	CONFIG
	podman load -q --signature-policy "$SUITE/podman/policy.json" -i "$SUITE/images.tar" >/dev/null
	touch "$SUITE/podman/loaded"
}

# podman_run ID_FILE ARG...: to its end.
podman_run() {
	local id_file=$1
	shift
	rm -f "$id_file"
	podman run --rm --network none --cidfile "$id_file" --name "$SUITE_TAG-pod" "$@" </dev/null 3>&-
	cat "$id_file" >>"$SUITE/podman/ids"
}

# rootless_podman WRAPPER... -- SCRIPT: a plain user's, who has 65536 more ids; the script finds a `podman` that has the
# images. /etc is the host's: it sees another one. The wrapper ends in an exec.
rootless_podman() {
	local dir=$SUITE/rootless user=54321 script=${*: -1}
	mkdir -p "$dir"/{home,run,etc,work}
	chown "$user:$user" "$dir"/{home,run}
	cat >"$dir/podman" <<-SCRIPT
		#!/bin/sh
		exec $(type -P podman) --cgroup-manager=cgroupfs --events-backend=none --runtime runc "\$@"
	SCRIPT
	cat >"$dir/start" <<-SCRIPT
		mount -t overlay -o lowerdir=/etc,upperdir=$dir/etc,workdir=$dir/work overlay /etc &&
			echo plain:x:$user:$user::$dir/home:/bin/sh >>/etc/passwd && echo plain:x:$user: >>/etc/group &&
			echo plain:300000:65536 >/etc/subuid && cp /etc/subuid /etc/subgid && cd / || exit
		[ ! -d /sys/fs/cgroup/init ] ||
			chown $user /sys/fs/cgroup /sys/fs/cgroup/cgroup.procs /sys/fs/cgroup/init/cgroup.procs
		setpriv --reuid=$user --regid=$user --clear-groups env -i PATH="$dir:$PATH" HOME=$dir/home XDG_RUNTIME_DIR=$dir/run \
			CONTAINERS_CONF=$SUITE/podman/containers.conf STORAGE_DRIVER=vfs bash -ec "
				podman load -q --signature-policy $SUITE/podman/policy.json -i $SUITE/images.tar >/dev/null
				\$1"
		status=\$?
		# It holds the namespaces for the next podman.
		kill "\$(cat $dir/run/libpod/tmp/pause.pid)"
		exit "\$status"
	SCRIPT
	chmod 0755 "$dir/podman"
	("${@:1:$#-2}" unshare -m sh "$dir/start" "$script" </dev/null 3>&-)
}

# --- by hand ----------------------------------------------------------------------------------------

# In $DIRECTORIES, one of the suite's in each hierarchy that is watched, with a directory below it as Docker has it.
make_docker_cgroups() {
	local dir
	DIRECTORIES=()
	for dir in /sys/fs/cgroup/unified /sys/fs/cgroup/pids /sys/fs/cgroup; do
		[[ -e $dir/cgroup.procs ]] || continue
		mkdir -p "$dir/$SUITE_TAG/docker"
		DIRECTORIES+=("$dir/$SUITE_TAG")
	done
}

# --- runc ------------------------------------------------------------------------------------------

runc() {
	command runc --root "$SUITE/runc" "$@"
}

# runc_bundle ID EDIT ARG...: a bundle that runs the arguments; EDIT is a jq change of its config.json.
# Its cgroup has a name that says nothing. $SUITE/bundles/ID/shared is /shared inside.
runc_bundle() {
	local id=$1 edit=$2 dir=$SUITE/bundles/$1
	shift 2
	mkdir -p "$dir/shared"
	chmod 1777 "$dir/shared"
	(cd "$dir" && rm -f config.json && command runc spec)
	jq --arg rootfs "$SUITE/rootfs" --arg shared "$dir/shared" --arg cgroup "/$SUITE_TAG/any.$id" '
		["CAP_CHOWN", "CAP_DAC_OVERRIDE", "CAP_FOWNER", "CAP_KILL", "CAP_SETGID", "CAP_SETUID",
		 "CAP_SETFCAP", "CAP_SETPCAP"] as $caps |
		.process.terminal = false | .process.args = $ARGS.positional | .process.noNewPrivileges = false |
		.process.capabilities = {bounding: $caps, effective: $caps, permitted: $caps} |
		.root = {path: $rootfs, readonly: true} | .linux.cgroupsPath = $cgroup |
		.mounts += [{destination: "/shared", type: "bind", source: $shared, options: ["bind", "rw"]},
			    {destination: "/tmp", type: "tmpfs", source: "tmpfs", options: ["mode=1777"]}]' \
		"$dir/config.json" --args -- "$@" | jq "$edit" >"$dir/edited"
	mv "$dir/edited" "$dir/config.json"
}

# runc_run ID EDIT ARG...: to its end; prints what it prints.
runc_run() {
	runc_bundle "$@"
	defer runc delete -f "$1"
	runc run --bundle "$SUITE/bundles/$1" "$1" </dev/null 3>&-
}

# runc_start ID EDIT ARG...: in the background, removed when the test ends; the pid of its first process in the bundle.
runc_start() {
	local bundle=$SUITE/bundles/$1
	runc_bundle "$@"
	runc run --detach --bundle "$bundle" --pid-file "$bundle/pid" "$1" </dev/null >"$bundle/out" 2>&1 3>&-
	defer runc delete -f "$1"
}

runc_has_stopped() { # id
	[[ $(runc state "$1" | jq -r .status) == stopped ]]
}

# The cgroup directories of a process in each hierarchy that is mounted here.
cgroups_of() { # pid
	local controllers path dir
	while IFS=: read -r _ controllers path; do
		[[ -n $controllers ]] || controllers=unified
		for dir in "/sys/fs/cgroup/${controllers#name=}$path" "/sys/fs/cgroup$path"; do
			[[ $path == / || ! -d $dir ]] || {
				echo "$dir"
				break
			}
		done
	done <<<"$(cat "/proc/$1/cgroup")" # at once: it changes when the process is moved
}

# move_below PID CGROUP_NAME: into a new cgroup below its own, in each hierarchy that lets it.
move_below() {
	local dir dirs
	dirs=$(cgroups_of "$1")
	while IFS= read -r dir; do
		mkdir -p "$dir/$2"
		# cpuset wants its settings first
		[[ ! -e $dir/$2/cpuset.cpus ]] || cat "$dir/cpuset.cpus" >"$dir/$2/cpuset.cpus" 2>/dev/null || true
		[[ ! -e $dir/$2/cpuset.mems ]] || cat "$dir/cpuset.mems" >"$dir/$2/cpuset.mems" 2>/dev/null || true
		echo "$1" >"$dir/$2/cgroup.procs"
	done <<<"$dirs"
}

# --- lxc -------------------------------------------------------------------------------------------

lxc_container() { # name
	mkdir -p "$SUITE/lxc/$1"
	copy_rootfs "$SUITE/lxc/$1/rootfs"
	cat >"$SUITE/lxc/$1/config" <<-CONFIG
		lxc.uts.name = $1
		lxc.rootfs.path = dir:$SUITE/lxc/$1/rootfs
		lxc.net.0.type = empty
		lxc.mount.auto = proc
	CONFIG
}

# lxc_run NAME COMMAND: the command is the container's init.
lxc_run() {
	lxc_container "$1"
	lxc-start -P "$SUITE/lxc" -n "$1" -F -s "lxc.init.cmd=$2" </dev/null 3>&-
}

# lxc_execute NAME COMMAND...: the container's init is LXC's own, which does not exec.
lxc_execute() {
	lxc-execute -P "$SUITE/lxc" -n "$1" -- "${@:2}" </dev/null 3>&-
}

# --- systemd-nspawn --------------------------------------------------------------------------------

# nspawn_run NAME [OPTION...] ARG...: in the scope that machined would have made, its name escaped as systemd does it.
nspawn_run() {
	local name=$1 scope=machine-${1//-/\\x2d}.scope dir
	shift
	copy_rootfs "$SUITE/nspawn/$name"
	(
		for dir in /sys/fs/cgroup/unified /sys/fs/cgroup/systemd /sys/fs/cgroup/memory /sys/fs/cgroup/pids /sys/fs/cgroup; do
			[[ -e $dir/cgroup.procs ]] || continue
			mkdir -p "$dir/machine.slice/$scope"
			echo "$BASHPID" >"$dir/machine.slice/$scope/cgroup.procs"
		done
		exec systemd-nspawn --quiet --register=no --keep-unit --machine "$name" --directory "$SUITE/nspawn/$name" "$@" \
			</dev/null 3>&-
	)
}
