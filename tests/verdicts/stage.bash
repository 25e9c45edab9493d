# SPDX-License-Identifier: Apache-2.0
# Runs all rows of tests/verdicts/rows at the same time, and keeps what was told, asked and seen of them in $STAGE.
# shellcheck shell=bash disable=SC2016,SC2034,SC2153

STAGE=$BATS_FILE_TMPDIR
RUNC_CONTAINERS=15
STARTS_AT_ONCE=4

# --- rows ------------------------------------------------------------------------------------------

# One file a row, $STAGE/row.N, as JSON.
read_rows() {
	local number=0 row
	while IFS= read -r row; do
		((++number))
		printf '%s' "$row" >"$STAGE/row.$number"
	done < <(jq -Rnc 'reduce (inputs, "") as $line ({rows: [], row: {}};
		if $line | startswith("#") then .
		elif $line != "" then
			($line | capture("^(?<key>[a-z-]+): (?<value>.+)$")) as {$key, $value} | .row[$key] = $value
		elif .row == {} then .
		else {rows: (.rows + [.row]), row: {}} end) | .rows[]' "$BATS_TEST_DIRNAME/rows")
	((number > 0))
}

field() { # row, key
	jq -r --arg key "$2" '.[$key] // empty' "$STAGE/row.$1"
}

# Remembers under which id the row runs.
note_id() { # row, id
	jq -c --arg id "$2" '. + {id: $id}' "$STAGE/row.$1" >"$STAGE/edited.$1"
	mv "$STAGE/edited.$1" "$STAGE/row.$1"
}

# Sets DOCKER_SOCKET where the row is not of the suite's own dockerd.
choose_daemon() { # row
	unset DOCKER_SOCKET
	[[ $(field "$1" daemon) != remapped ]] || DOCKER_SOCKET=$SUITE/remapped/socket
}

# Prints the image's name; makes one where the row wants its own.
image_of() { # row
	local image=$IMAGE:app recipe tag=example.test/recipe:$1
	case $(field "$1" image) in
	root) image=$IMAGE:root ;;
	debian) image=$DEBIAN ;;
	esac
	recipe=$(field "$1" recipe)
	[[ -z $(field "$1" ends) ]] || tag=example.test/brief:$1
	if [[ -n $recipe ]]; then
		printf 'FROM %s\n%s\n' "$image" "$recipe" | DOCKER_BUILDKIT=0 docker build -q -t "$tag" - >/dev/null
	elif [[ -n $(field "$1" ends) ]]; then
		docker tag "$image" "$tag"
	else
		tag=$image
	fi
	echo "$tag"
}

start_row() { # row
	local id image
	choose_daemon "$1"
	image=$(image_of "$1")
	eval "docker_run '$STAGE/id.$1' -d $(field "$1" options) $image $(field "$1" command)" >/dev/null || return
	id=$(<"$STAGE/id.$1")
	note_id "$1" "$id"
	eval "$(field "$1" at-once)" >/dev/null
}

follow_row() { # row
	local id
	choose_daemon "$1"
	id=$(<"$STAGE/id.$1")
	eval "$(field "$1" "then")" >/dev/null
}

# Containers of another runtime, that cost little: root, of another user, and one that drops.
start_runc_row() { # row
	local id=$SUITE_TAG-$1
	case $(($1 % 3)) in
	0) runc_start "$id" . /bin/sleep 1000 ;;
	1) runc_start "$id" '.process.user = {uid: 1001, gid: 1001}' /bin/sleep 1000 ;;
	2) runc_start "$id" . /bin/actions setuid 1001 exec /bin/sleep 1000 ;;
	esac
	jq -n --arg id "$id" --argjson kind $(($1 % 3)) '[
		{told: "root_init", root: "1", reason: "first process, has been root"},
		{told: "nonroot", root: "0", reason: "^nobody in it was ever root"},
		{told: "drops_root", root: "0", reason: "then uid 1001"}][$kind] + {name: "by runc", id: $id}' >"$STAGE/row.$1"
}

# --- all at once -----------------------------------------------------------------------------------

# in_parallel LIMIT COMMAND NUMBER...: the command with each number, so many at a time; fails where one does. They are waited
# for one by one: the daemons are this shell's children too.
in_parallel() {
	local limit=$1 command=$2 number status=0 pids
	shift 2
	while (($#)); do
		pids=()
		for number in "${@:1:limit}"; do
			"$command" "$number" >"$STAGE/log.$number" 2>&1 3>&- &
			pids[number]=$!
		done
		for number in "${!pids[@]}"; do
			wait "${pids[number]}" || {
				echo "$command $number failed: $(<"$STAGE/row.$number") $(<"$STAGE/log.$number")"
				status=1
			}
		done
		shift $(($# < limit ? $# : limit))
	done
	return "$status"
}

# The verdict lines of a file, those of the rows alone, each with its row's number.
verdicts_in() { # file
	grep -F '"finding":"verdict"' "$1" | jq -c --slurpfile rows <(cat "$STAGE"/row.*) \
		'. as $line | $rows[] | select(.id == $line.container.id) | {row: ., line: $line}'
}

# Has each row that is still there (or each at all) so many verdicts in the file?
are_told() { # file, jq: how many of a row
	verdicts_in "$1" | jq -se --slurpfile rows <(cat "$STAGE"/row.*) "
		(group_by(.row.id) | map({(.[0].row.id): length}) | add // {}) as \$counts |
		all(\$rows[]; (\$counts[.id] // 0) >= ($2))" >/dev/null
}

# --- what is asked and seen ------------------------------------------------------------------------

# ask_agent ARG...: `uidzero check`, of the agent that runs. Ends in an exec.
ask_agent() {
	exec "$UIDZERO" check --socket "$SUITE/agent.sock" "$@"
}

# A document was made: 0 or 1, as what others run here is.
is_judged() { # command...
	local status=0
	("$@") || status=$?
	((status <= 1))
}

# Each live thread in a container, from the kernel's files; in the host's pid namespace any process may be the first.
list_threads() {
	local dir cgroup status id
	for dir in /proc/[0-9]*/task/[0-9]*; do
		{ cgroup=$(<"$dir/cgroup") && status=$(<"${dir%/task/*}/status")$'\n'$(<"$dir/status"); } 2>/dev/null || continue
		[[ $cgroup =~ any\.($SUITE_TAG-[0-9]+) || $cgroup =~ ([0-9a-f]{64}) ]] || continue
		id=${BASH_REMATCH[1]}
		awk -v id="$id" '/^(Pid|NSpid):/ && !pid[$1] { pid[$1] = $NF } /^State:/ { state = $2 }
			/^Uid:/ { uids = $2 " " $3 " " $4 " " $5 }
			END { if (state != "Z") printf "%s\t%s\t%s\t%s\n", id, pid["Pid:"], pid["NSpid:"], uids }' <<<"$status"
	done | jq -Rc 'split("\t") | {id: .[0], is_init: (.[2] == "1" or .[1] == .[2]),
		uids: (.[3] | split(" ") | map(tonumber))}'
}

# --- the play --------------------------------------------------------------------------------------

play_rows() {
	local rows others with_more=() number
	read_rows
	rows=$(find "$STAGE" -name 'row.*' | wc -l)
	others=$(seq $((rows + 1)) $((rows + RUNC_CONTAINERS)))
	CONFIG=$STAGE/config.yaml
	make_config "$CONFIG" <<-CONFIG
		verdict:
		  grace: 5s
		  grace_by_image:
		    - image: "example.test/brief:*"
		      grace: 60s
	CONFIG
	start_agent --record "$STAGE/recording"
	defer remove_rows
	# shellcheck disable=SC2046,SC2086
	in_parallel "$STARTS_AT_ONCE" start_row $(seq "$rows")
	# shellcheck disable=SC2086
	in_parallel "$STARTS_AT_ONCE" start_runc_row $others
	wait_for 60 are_told "$OUT" 1
	for ((number = 1; number <= rows; number++)); do
		[[ -z $(field "$number" "then") ]] || with_more+=("$number")
	done
	in_parallel "${#with_more[@]}" follow_row "${with_more[@]}"
	wait_for 60 are_told "$OUT" '.told | split(" ") | length'
	# That nothing more comes takes time: a grace time and some, with one more look at all tasks.
	kill -USR2 "$AGENT"
	sleep 7
}

remove_row() { # row
	choose_daemon "$1"
	docker rm -f "$(<"$STAGE/id.$1")"
}

remove_rows() {
	local files=("$STAGE"/id.*)
	in_parallel "$STARTS_AT_ONCE" remove_row "${files[@]##*.}"
}

has_stopped() { # name, file
	grep -F '"finding":"container_stop"' "$2" | grep -qF "\"$1\""
}

# What is said of the same containers at the end, in each way that there is.
ask_all() {
	local agent=$AGENT
	is_judged ask_agent --format json >"$STAGE/asked"
	is_judged "$UIDZERO" check -c "$CONFIG" --no-agent --format json >"$STAGE/looked"
	list_threads >"$STAGE/threads"
	docker rm -f "$SUITE_TAG-renamed" >/dev/null
	wait_for 10 has_stopped "$SUITE_TAG-renamed" "$OUT"
	sed "s,$SUITE/agent.sock,$STAGE/later.sock," "$CONFIG" >"$STAGE/later.yaml"
	CONFIG=$STAGE/later.yaml launch_agent "$STAGE/later.jsonl"
	wait_for 60 are_told "$STAGE/later.jsonl" 'if .ends or .name == "renamed" then 0 else 1 end'
	stop_agent
	AGENT=$agent
	OUT=$STAGE/events.jsonl stop_agent
}
