# SPDX-License-Identifier: Apache-2.0
# Runs the tables of docs/ways-to-root.md: each row in a Docker container of Debian, its lines as the row tells them.
# shellcheck shell=bash

DEBIAN=example.test/debian
WAYS=$TOP/docs/ways-to-root.md

# Debian 12 with the programs that change who one is, as its packages set them up; user app may sudo.
need_debian() {
	local root=$SUITE/debian mirror
	need_dockerd
	[[ ! -e $SUITE/docker/debian ]] || return 0
	# shellcheck disable=SC2016
	mirror=$(apt-get indextargets --format '$(RELEASE) $(REPO_URI)' 'Created-By: Packages' 'Component: main' |
		awk '$1 == "bookworm" { print $2; exit }')
	[[ -n $mirror ]] || {
		echo "apt has no mirror of bookworm here"
		return 1
	}
	debootstrap --variant=minbase --include=sudo,iputils-ping,gosu,libcap2-bin,tini,dumb-init,uidmap,s6,nginx-light,cron,openssh-server \
		bookworm "$root" "$mirror" >"$root.log" 2>&1 3>&- || {
		tail -n 5 "$root.log"
		return 1
	}
	install "$ACTIONS" "$root/usr/local/bin/actions"
	install "$ACTIONS" "$root/usr/local/bin/runc"
	install "$ACTIONS" "$root/usr/local/bin/override"
	setcap cap_dac_override+ep "$root/usr/local/bin/override"
	install -m 2755 "$ACTIONS" "$root/usr/local/bin/group-zero"
	install -m 4755 -o 33 -g 33 "$ACTIONS" "$root/usr/local/bin/as-www-data"
	install -m 4755 "$ACTIONS" "$root/usr/local/bin/as-root"
	install "$(dirname "$ACTIONS")/su-exec" "$root/usr/local/bin/su-exec"
	chroot "$root" sh -c 'groupadd -g 1001 app && useradd -u 1001 -g 1001 -s /bin/sh -d / app &&
		printf "app:first\nroot:Secret\n" | chpasswd && echo "app ALL=(ALL) NOPASSWD: ALL" >/etc/sudoers.d/app &&
		printf "first\nChanged_1\nChanged_1\n" >/etc/answers && echo Secret >/etc/answer'
	tar -C "$root" --xattrs --xattrs-include=security.capability --exclude=./var/cache --exclude=./var/lib/apt \
		--exclude=./usr/share/doc --exclude=./usr/share/locale -c . | docker import - "$DEBIAN" >/dev/null
	rm -rf "$root"
	touch "$SUITE/docker/debian"
}

# The table below a heading: options, command and findings of each row, on three lines.
rows_of() { # heading
	awk -F '[|]' -v heading="## $1" '/^## / { is_in = $0 == heading }
		is_in && /^[|] `/ { for (i = 2; i <= 4; i++) { gsub(/`|^ | $/, "", $i); print $i } }' "$WAYS"
}

# The lines of a container in the words of the tables. A pair of lines that comes again is counted.
tell() { # id
	findings "$1" "$PROCESS" | jq -r '
		def pair(a; b): if a == null then b elif a == b then b else "\(a) → \(b)" end;
		def uids: if unique | length == 1 then .[0] else join(",") end;
		.uidzero as $its | [
			$its.finding, (.process.executable | split("/") | last),
			(if $its.finding == "uid_change" then
				pair($its.before | [.ruid, .euid, .suid] | uids;
				     .process | [.real_user.id, .user.id, .saved_user.id] | uids)
			 elif $its.finding == "gid_change" then
				pair($its.before.egid; .process.group.id)
			 elif $its.finding | IN("gain_root", "gain_caps", "drop_root") then
				pair($its.before.euid; .process.user.id) else empty end),
			(if ($its.finding | startswith("gain") or . == "keep_root") or $its.finding == "uid_change" and $its.cause then
				"by " + $its.cause else empty end),
			(if $its.regained then "regained" else empty end),
			(if $its.drop.complete == false then "incomplete" else empty end),
			(if $its.root == "mapped" then "mapped to \(.process.user.id)" else empty end),
			(if $its.role == "session" then "session" else empty end)] | join(" ")' |
		awk '{ line[NR] = $0 }
			END {
				for (i = 1; i <= NR; i += 2 * n) {
					for (n = 1; line[i + 2 * n] line[i + 2 * n + 1] == line[i] line[i + 1]; n++) {
						if (i + 2 * n > NR)
							break
					}
					told = n > 1 ? n " × (" line[i] ", " line[i + 1] ")" : line[i]
					all = all (all ? "<br>" : "") told
					if (n == 1)
						n = 0.5
				}
				print all ? all : "nothing"
			}'
}

# run_table HEADING: every row, and what was told of it is what the row says.
run_table() {
	local options command expected i=0
	need_debian
	rows_of "$1" >"$BATS_TEST_TMPDIR/rows"
	start_agent
	while read -r options && read -r command && read -r expected; do
		((++i))
		[[ $options != *--privileged* ]] || options+=" --runtime limited"
		eval "docker_run '$BATS_TEST_TMPDIR/id.$i' $options $DEBIAN $command" >"$BATS_TEST_TMPDIR/out.$i" 2>&1 || true
	done <"$BATS_TEST_TMPDIR/rows"
	stop_agent
	i=0
	while read -r options && read -r command && read -r expected; do
		((++i))
		printf '%s\n' "$options" "$command" "$(tell "$(<"$BATS_TEST_TMPDIR/id.$i")")" >>"$BATS_TEST_TMPDIR/seen"
	done <"$BATS_TEST_TMPDIR/rows"
	((i > 0))
	diff -U 2 "$BATS_TEST_TMPDIR/rows" "$BATS_TEST_TMPDIR/seen"
}
