#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Pods as a kubelet has containerd make them, and podman's: who is in which, and what holds it open.

load lib
load runtimes

is_told() { # id, finding
	grep -F -- "$1" "$OUT" | grep -qF "\"finding\":\"$2\""
}

# Of the pod whose ids and line are in ids and in_pod.
expect_container() { # name, tag, user, index
	expect 1 "${ids[$4]}" ".uidzero.finding == \"container_start\" and $in_pod and .container.name == \"$1\"
		and .container.image == {name: \"$IMAGE\", tag: [\"$2\"]}
		and .uidzero.kubernetes == {container_name: \"$1\", sandbox: false}
		and (.uidzero.identity | .resolved == \"$3\" and .observed == \"$3\")"
}

@test "a pod made over containerd's CRI: its containers, its pause, and runAsUser over what the image says" {
	local i pod ids in_pod uid=0f9d2c1e-5a3b-4c7d-9e8f-102938475601
	need_cri
	jq -n --arg image "$IMAGE" --arg name "$SUITE_TAG" --arg uid "$uid" --arg cgroup "/$SUITE_TAG/kubepods/pod$uid" '{
		name: $name, namespace: "shop", uid: $uid, cgroup: $cgroup, containers: [
			{name: "web", image: "\($image):root", args: ["/bin/sleep", "1001"]},
			{name: "over", image: "\($image):root", args: ["/bin/sleep", "1002"], user: 1001},
			{name: "under", image: "\($image):app", args: ["/bin/sleep", "1003"], user: 0}]}' >"$BATS_TEST_TMPDIR/pod"
	start_agent
	cri run <"$BATS_TEST_TMPDIR/pod" >"$BATS_TEST_TMPDIR/ids"
	mapfile -t ids <"$BATS_TEST_TMPDIR/ids"
	pod=${ids[0]}
	defer cri remove "$pod"
	[[ ${#ids[@]} -eq 4 ]]
	wait_for 20 is_told "${ids[3]}" exec_root
	stop_agent

	in_pod=".orchestrator == {type: \"kubernetes\", namespace: \"shop\",
		resource: {type: \"pod\", name: \"$SUITE_TAG\", id: \"$uid\"}} and .container.runtime == \"containerd\""
	# The pause's image is in no file of containerd 1.6; that this is missing is told.
	expect 1 "$pod" ".uidzero.finding == \"container_start\" and $in_pod and .container.name == \"$SUITE_TAG\"
		and .uidzero.kubernetes == {sandbox: true} and .uidzero.identity.observed == \"65535:0\"
		and (.container.image.name == \"$IMAGE\" or (.uidzero.metadata_missing | index(\"image\")))"
	expect_nothing "$pod"
	expect_container web root 0:0 1
	expect_container over root 1001:1001 2
	expect_container under app 0:0 3
	expect_nothing "${ids[2]}"
	for i in 1 3; do
		expect 1 "${ids[i]}" '.uidzero.finding == "exec_root"'
		expect 1 "${ids[i]}" ".uidzero.finding == \"exec_root\" and .uidzero.role == \"init\" and $in_pod
			and .process.args == [\"/bin/sleep\", \"100$i\"]"
	done
}

@test "a pod of podman: its containers belong to themselves, and the pod that their cgroups stand in is none" {
	local name pod id tag user
	need_podman
	start_agent
	podman pod create --name "$SUITE_TAG-pod" --infra-image "$IMAGE:pause" --infra-name "$SUITE_TAG-infra" \
		--infra-command "/bin/sleep 1000" --network none --share ipc,uts >"$BATS_TEST_TMPDIR/pod"
	pod=$(<"$BATS_TEST_TMPDIR/pod")
	echo "$pod" >>"$SUITE/podman/ids"
	defer podman pod rm -f -t 0 "$pod"
	for tag in root app; do
		podman run -d --pod "$SUITE_TAG-pod" --name "$SUITE_TAG-$tag" "$IMAGE:$tag" sleep 1000 </dev/null 3>&-
	done
	wait_for 20 has_line "$OUT" "\"name\":\"$SUITE_TAG-app\""
	stop_agent
	# podman runs what holds a pod open as root, whoever its image's USER is.
	for name in infra:pause:0 root:root:0 app:app:1001; do
		IFS=: read -r name tag user <<<"$name"
		id=$(podman inspect -f '{{.Id}}' "$SUITE_TAG-$name")
		echo "$id" >>"$SUITE/podman/ids"
		expect 1 "$id" ".uidzero.finding == \"container_start\" and .container.name == \"$SUITE_TAG-$name\"
			and .container.image.name == \"$IMAGE\" and .container.image.tag == [\"$tag\"] and .container.runtime == \"podman\"
			and .uidzero.container.outer_id == null and .process.user.id == \"$user\" and .uidzero.metadata == \"complete\""
		expect "$((user == 0))" "$id" "$PROCESS"
	done
	refute has_line "$OUT" "\"id\":\"$pod\""
	refute has_line "$OUT" "\"outer_id\":\"$pod\""
}
