# SPDX-License-Identifier: Apache-2.0
# Verdict lines as docs/events.md has them, without an agent: jq -cn --argjson count N -f verdicts.jq
# The first ones are one of each kind, then come hostile ones, then as many of all kinds as are asked for.

def hex($number; $digits): ($number | [limit($digits; recurse(. / 16 | floor)) % 16] | reverse
	| map(if . > 9 then 87 + . else 48 + . end) | implode);
def stamp: (. / 1000 | floor | todate | .[:-1]) + "." + ("00" + (. % 1000 | floor | tostring))[-3:] + "000000Z";

# 2024-11-22T01:00:00Z; all that follows is milliseconds since then
1732237200000 as $start
| def at($ms): $start + $ms | stamp;
  def stretch($pid; $name; $hold; $role; $since; $until):
	{pid: $pid, name: $name, hold: $hold, role: $role, session: ($role == "session"), since: at($since), since_is_exact: true}
	+ if $until then {until: at($until), until_is_exact: true} else {} end;
  def guessed: .since_is_exact = false | if .until then .until_is_exact = false else . end;
  def holder($executable; $command):
	{pid, name, executable: $executable, command_line: $command, user: {id: (if .hold == "root" then "0" else "100000" end)},
	 hold, role, cause: "inherited", since, since_is_exact};
  def event($id; $finding; $ms; $pid; $command):
	{id: hex($id; 32), finding: $finding, timestamp: at($ms), pid: $pid, command_line: $command};
  def control($id; $name; $result; $detail):
	{id: $id, name: $name, benchmark: "CIS Docker Benchmark v1.6.0", reference: "https://www.cisecurity.org/benchmark/docker",
	 result: $result, detail: $detail};

  # What a row leaves out is as of a plain Docker container that nobody is root in.
  def line($number):
	. as $row
	| ($row.ran // 3600000) as $ran
	| {"@timestamp": at($ran), ecs: {version: "8.17.0"}, host: {name: ($row.host // "node-1")},
	   agent: {name: "uidzero", type: "uidzero", version: "0.1.0"},
	   event: {kind: "state", category: ["configuration"], type: ["info"], action: "compliance_check",
		outcome: ({passed: "success", excepted: "success", unknown: "unknown"}[$row.evaluation // $row.result] // "failure"),
		module: "uidzero", dataset: "uidzero.events", sequence: $number, id: hex($number; 32)},
	   rule: {id: "CIS-Docker-4.1", name: "Ensure that a user for the container has been created",
		ruleset: "CIS Docker Benchmark v1.6.0", reference: "https://www.cisecurity.org/benchmark/docker"},
	   result: {evaluation: ($row.evaluation // $row.result), expected: {user: "non-root"},
		evidence: {events: ($row.events // [])}},
	   container: ({id: hex($number; 64), name: $row.name, runtime: ($row.runtime // "docker"),
		image: {name: $row.image, tag: [$row.tag // "1.0"], hash: {all: ["sha256:" + hex($number * 7919; 64)]}},
		security_context: {privileged: ($row.privileged // false)}}),
	   uidzero: ({schema: "1", finding: "verdict", verdict: $row.verdict, result: $row.result, reason: $row.reason,
		since: at($row.since // 0), started: at(0), history: ($row.history // "whole"), grace_ms: 10000,
		root_for_ms: ($row.root_for // 0), root_for_is_exact: ($row.history != "partial"),
		root_now: [$row.now // [] | .[] | select(.hold? == ("root", "mapped"))] | length,
		root_processes: ($row.now // []), timeline: ($row.timeline // []), counts: ($row.counts // {}),
		remedy: ($row.remedy // []), controls: ($row.controls // []),
		identity: ($row.identity // {declared: "1001", class: "numeric", resolved: "1001:1001", observed: "1001:1001", gid_zero: false}),
		risk: ($row.risk // {no_new_privs: true, seccomp: true, user_namespace: false, read_only_root: true})}
		+ if $row.exception then {exception: $row.exception} else {} end
		+ if $row.omitted then {timeline_omitted: $row.omitted} else {} end)};

  {class: "root", resolved: "0:0", observed: "0:0", gid_zero: true} as $root
  | {no_new_privs: false, seccomp: true, user_namespace: false, read_only_root: false} as $loose
  | [
	{name: "shop-db", image: "docker.io/library/postgres", tag: "16.1", verdict: "escalated", result: "failed", since: 1843210,
	 reason: "sh (pid 4242), which was not root, became it by the set-user-id file /usr/bin/sudo, 30 min after the start",
	 identity: {declared: "postgres", class: "name", passwd: "999:999", resolved: "999:999", observed: "999:999", gid_zero: false},
	 timeline: [stretch(4242; "sudo"; "root"; "child"; 1843210; 1851000), stretch(4250; "bash"; "root"; "child"; 1851000; null)],
	 now: [stretch(4250; "bash"; "root"; "child"; 1851000; null) | holder("/usr/bin/bash"; "bash -i")],
	 events: [event(17; "container_start"; 0; 4100; "docker-entrypoint.sh postgres"),
		event(18; "gain_root"; 1843210; 4242; "sudo -n bash -i")],
	 counts: {gains: 1}, root_for: 1756790, risk: ($loose + {mounts: [{source: "/srv/shop/data", destination: "/var/lib/postgresql/data",
		writable: true, uid: "999", gid: "999", mode: "0700", needs_root: true}]}),
	 remedy: ["Start it with --security-opt no-new-privileges (allowPrivilegeEscalation: false): then no file's bits give root.",
		"Take the set-user-id bit off /usr/bin/sudo in the image, or leave it out."],
	 controls: [control("CIS-Docker-5.26"; "Ensure that the container is restricted from acquiring additional privileges"; "failed";
		"no_new_privs is not set")]},
	{name: "web", image: "docker.io/library/nginx", tag: "1.25", verdict: "root_init", result: "failed", ran: 259200000,
	 reason: "nginx (pid 123) is the container's first process and root, for 3 d now; its workers are not",
	 identity: $root, timeline: [stretch(123; "nginx"; "root"; "init"; 0; null), stretch(150; "nginx"; "root"; "child"; 210; 248),
		stretch(151; "nginx"; "root"; "child"; 212; 251)],
	 now: [stretch(123; "nginx"; "root"; "init"; 0; null) | holder("/usr/sbin/nginx"; "nginx: master process nginx -g daemon off;")],
	 events: [event(11; "container_start"; 0; 123; "/bin/sh -c exec nginx -g 'daemon off;'"), event(12; "drop_root"; 248; 150; "nginx -g 'daemon off;'")],
	 counts: {drops: 2}, root_for: 259200000,
	 risk: ($loose + {added_capabilities: ["CAP_NET_ADMIN"], host_namespaces: ["network", "cgroup"], mounts: [
		{source: "/etc/ssl/private/shop.key", destination: "/shop.key", writable: false, uid: "0", gid: "0", mode: "0600", needs_root: true},
		{source: "/srv/shop", destination: "/srv", writable: true, uid: "1000", gid: "1000", mode: "0755", needs_root: false}]}),
	 remedy: ["The image names no user: add USER 1001 to its Dockerfile, and let nginx listen on a port above 1023 (nginxinc/nginx-unprivileged does)."],
	 controls: [control("CIS-Docker-5.4"; "Ensure that Linux kernel capabilities are restricted within containers"; "failed"; "CAP_NET_ADMIN is added"),
		control("CIS-Docker-5.5"; "Ensure that privileged containers are not used"; "passed"; "it is not privileged"),
		control("CIS-Docker-5.31"; "Ensure that the host's user namespaces are not shared"; "warn"; "root in it is the host's root")]},
	{name: "jobs", image: "registry.example:5000/team/jobs", tag: "2024-11-20", verdict: "root_child", result: "failed", since: 12400,
	 reason: "cron (pid 880) is root since 12 s after the start; the first process is not", identity: {declared: "app", class: "name_is_root",
		passwd: "0:0", resolved: "0:0", observed: "1001:0", gid_zero: true}, history: "partial",
	 timeline: [stretch(880; "cron"; "root"; "child"; 12400; null) | guessed], root_for: 3587600,
	 now: [stretch(880; "cron"; "root"; "child"; 12400; null) | guessed | holder("/usr/sbin/cron"; "cron -f")],
	 events: [event(31; "root_found"; 12400; 880; "cron -f")], remedy: ["The name app maps to uid 0 in the image's passwd: use USER 1001."]},
	{name: "api", image: "ghcr.io/example/api", tag: "4.2", verdict: "root_session", result: "warn", since: 3480000,
	 reason: "sh (pid 990) came in from outside as root (docker exec), 2 min ago",
	 timeline: [stretch(990; "sh"; "root"; "session"; 3480000; 3510000), (stretch(1001; "vi"; "root"; "child"; 3490000; 3500000) | .session = true)],
	 events: [event(41; "exec_root"; 3480000; 990; "sh")], counts: {sessions: 1}, root_for: 30000,
	 remedy: ["Give docker exec a user: docker exec -u 1001."]},
	{name: "mail", image: "registry.example:5000/mail", verdict: "incomplete_drop", result: "warn", since: 340,
	 reason: "exim4 (pid 555) is not root, but its saved uid is 0", identity: $root,
	 timeline: [stretch(555; "exim4"; "root"; "init"; 0; 340), stretch(555; "exim4"; "saved"; "init"; 340; null),
		stretch(560; "exim4"; "root"; "child"; 600000; 640000), stretch(560; "exim4"; "saved"; "child"; 640000; 660000)],
	 now: [stretch(555; "exim4"; "saved"; "init"; 340; null) | holder("/usr/sbin/exim4"; "exim4 -bd -q30m")],
	 events: [event(51; "drop_root"; 340; 555; "exim4 -bd -q30m")], counts: {regains: 1, drops: 2}, root_for: 40340},
	{name: "fw", image: "registry.example:5000/fw", verdict: "root_equivalent", result: "warn", since: 0,
	 reason: "fw (pid 700) holds CAP_SYS_ADMIN, which amounts to root", timeline: [stretch(700; "fw"; "equivalent"; "init"; 0; null)],
	 now: [stretch(700; "fw"; "equivalent"; "init"; 0; null) | holder("/fw"; "/fw")], privileged: true},
	{name: "legacy", image: "registry.example:5000/legacy", tag: "7", verdict: "root_init", result: "failed", evaluation: "excepted",
	 reason: "legacyd (pid 321) is the container's first process and root, for 1 h now", identity: ($root + {declared: "root"}),
	 timeline: [stretch(321; "legacyd"; "root"; "init"; 0; null)], root_for: 3600000,
	 exception: {name: "legacy-until-move", owner: "team-erp", reason: "is replaced in spring; ERP-1234", expires: "2025-03-31"}},
	{name: "slept", image: "docker.io/library/alpine", tag: "3.20", verdict: "unknown", result: "unknown", since: 3600000,
	 reason: "its processes ended before anything was seen of them", identity: {class: "unknown"}, history: "partial", risk: {}},
	{name: "rootless", image: "docker.io/library/redis", tag: "7.2", runtime: "podman", verdict: "mapped_root", result: "passed",
	 reason: "root in a user namespace: uid 100000 of the host", identity: ($root + {observed: "100000:100000"}),
	 timeline: [stretch(801; "redis-server"; "mapped"; "init"; 0; null)], root_for: 3600000,
	 now: [stretch(801; "redis-server"; "mapped"; "init"; 0; null) | holder("/usr/local/bin/redis-server"; "redis-server *:6379")],
	 risk: {no_new_privs: true, seccomp: true, user_namespace: true, read_only_root: false}},
	{name: "cache", image: "docker.io/library/redis", tag: "7.2", verdict: "drops_root", result: "passed", since: 38, ran: 180000000,
	 reason: "root for 38 ms, then uid 999", identity: ($root + {observed: "0:0"}), root_for: 38, counts: {drops: 1},
	 timeline: [stretch(611; "gosu"; "root"; "init"; 0; 38)], events: [event(61; "drop_root"; 38; 611; "gosu redis redis-server")]},
	{name: "app", image: "registry.example:5000/team/app", verdict: "nonroot", result: "passed",
	 reason: "nobody in it was root in 1 h"}
  ] as $kinds
  | "\u202e\u2066<script>document.title='hacked'</script><img src=x onerror=\"document.title='hacked'\">'\"&amp;]]>--><!--\u0007\u001b[31m\u0000" as $evil
  | ("x" * 3000) as $word
  | ($evil | sub("\u0000"; "")) as $evil
  | [ ($kinds[1] | .name = $evil | .image = $evil | .tag = $evil | .reason = $evil | .remedy = [$evil, $word] | .runtime = $evil
		| .identity = {declared: $evil, requested: $evil, requested_class: $evil, class: $evil, passwd: $evil, resolved: $evil, observed: $evil}
		| .timeline = [stretch(1; $evil; "root"; $evil; 0; 5000), stretch(2; $word; $evil; $word; -90000; null)]
		| .now = [.timeline[] | holder($evil; $word) | .cause = $evil | .user.id = $evil | .since = $evil]
		| .events = [event(1; $evil; 0; 1; $evil) | .id = $evil | .timestamp = $evil]
		| .controls = [control($evil; $evil; $evil; $word) | .reference = "javascript:document.title='hacked'",
			(.reference = "https://\"onmouseover=\"document.title='hacked'")]
		| .risk.added_capabilities = [$evil, $word] | .risk.mounts = [{source: $evil, destination: $word, mode: $evil}]
		| .exception = {name: $evil, owner: $evil, reason: $word, expires: $evil}),
	($kinds[1] | .name = $word | .image = $word | .reason = $word),
	($kinds[1] | .name = "שלום-עולם" | .image = "مثال/صورة" | .reason = "العملية root" | .timeline[0].name = "خادم"),
	# Not what the page says of the fields.
	($kinds[1] | .name = [1] | .image = {a: 1} | .reason = null | .timeline = ["x", 7, {since: 9}, {since: "2024-99-99T00:00:00Z"}]
		| .now = [null, "x", {pid: "x"}] | .events = [3] | .controls = [[]] | .remedy = [4] | .risk = {mounts: [true], added_capabilities: [1]}
		| .root_for = 9007199254740991 | .exception = {})
  ] as $hostile
  | ($kinds + $hostile + [range($count) | $kinds[. % ($kinds | length)] + {name: "\($kinds[. % ($kinds | length)].name)-\(.)"}])
  | to_entries[] | .key as $number | .value | line($number + 1)
