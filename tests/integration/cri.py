#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Makes and removes a pod over a container runtime's socket, as a kubelet does.

cri.py SOCKET run < POD    prints the pod's id, then each container's, one a line
cri.py SOCKET remove ID

POD is JSON: name, namespace, uid, cgroup, containers: [{name, image, args, user: null or a number}].
The messages are encoded by hand: they are few, and their field numbers (k8s.io/cri-api, runtime/v1) do not change.
"""
import json
import sys

import grpc

NODE = 2  # NamespaceMode: the host's network needs no CNI


def varint(number):
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)
    return bytes(out)


def message(*fields):
    """A message of (field number, value): text, another message's bytes, or a number."""
    out = b""
    for number, value in fields:
        if isinstance(value, int):
            out += varint(number << 3) + varint(value)
        else:
            value = value.encode() if isinstance(value, str) else value
            out += varint(number << 3 | 2) + varint(len(value)) + value
    return out


def first_text(answer):
    """Each answer that is needed here has one short text, its first field."""
    if len(answer) < 2 or answer[0] != 1 << 3 | 2 or answer[1] > 0x7F:
        sys.exit(f"unexpected answer: {answer!r}")
    return answer[2 : 2 + answer[1]].decode()


def pod_config(pod):
    metadata = message((1, pod["name"]), (2, pod["uid"]), (3, pod["namespace"]))
    security = message((1, message((1, NODE))))
    return message((1, metadata), (8, message((1, pod["cgroup"]), (2, security))))


def container_config(container):
    config = [(1, message((1, container["name"]))), (2, message((1, container["image"])))]
    config += [(3, arg) for arg in container["args"]]
    security = [(3, message((1, NODE)))]
    if container.get("user") is not None:
        security.append((5, message((1, container["user"]))))
    return message(*config, (15, message((2, message(*security)))))


def main():
    channel = grpc.insecure_channel("unix:" + sys.argv[1])

    def call(method, *fields):
        return channel.unary_unary("/runtime.v1.RuntimeService/" + method)(message(*fields), timeout=60)

    if sys.argv[2] == "remove":
        call("StopPodSandbox", (1, sys.argv[3]))
        call("RemovePodSandbox", (1, sys.argv[3]))
        return
    pod = json.load(sys.stdin)
    config = pod_config(pod)
    pod_id = first_text(call("RunPodSandbox", (1, config)))
    print(pod_id, flush=True)
    for container in pod["containers"]:
        answer = call("CreateContainer", (1, pod_id), (2, container_config(container)), (3, config))
        call("StartContainer", (1, first_text(answer)))
        print(first_text(answer), flush=True)


main()
