// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The kernel side in one object: a file per hook family, included here. */
#include "compat.bpf.h"
#include "exec.bpf.h"
#include "creds.bpf.h"
#include "lifecycle.bpf.h"
#include "snapshot.bpf.h"
#include "uring.bpf.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";
