/* SPDX-License-Identifier: Apache-2.0 */
/* Who was root in a container, since when and until when. Pure. */
#ifndef UIDZERO_JUDGE_HISTORY_H
#define UIDZERO_JUDGE_HISTORY_H

#include <stdbool.h>
#include <stdint.h>

#include "container/container.h"
#include "judge/finding.h"

#define HISTORY_STRETCHES_MAX  32
#define HISTORY_COMMAND_MAX    128
#define HISTORY_EXECUTABLE_MAX 128

/* What a process held, the most first. */
enum hold {
	HOLD_ROOT,       /* uid 0 of the host */
	HOLD_MAPPED,     /* uid 0 of a user namespace */
	HOLD_EQUIVALENT, /* capabilities that amount to root */
	HOLD_SAVED,      /* not root, but its real or saved uid is 0 */
	HOLD_END,
};

/* One process that held one thing for a while. */
struct stretch {
	uint32_t tgid;
	uint64_t start_ns;           /* of the process: a reused tgid is another one */
	uint64_t since_ns, until_ns; /* until_ns 0: it still does */
	uint64_t seen_ns;            /* when it was told or walked over last */
	uint64_t holding_since_ns;   /* without a gap, whatever it held: before since_ns where root was laid aside */
	enum hold hold;
	enum process_role role;
	enum root_cause cause;
	bool is_of_session; /* it or its ancestor came from outside */
	bool keeps_ring;    /* an io_uring instance acts as root for it */
	bool may_be_gain;   /* a walk found capabilities that it has not got as ambient ones: by a file, or kept over a
			       drop */
	bool is_gain;       /* its process was not root before; what was laid aside since and taken back is one too */
	bool was_found;     /* a scan found it: what made it root is known only as far as its file and ids show it */
	bool since_is_exact,
		until_is_exact;    /* told by an event; else bounds that are too wide rather than too narrow */
	uint32_t tid;              /* of the one thread that holds it where the first one does not; else 0 */
	uint32_t ruid, euid, suid; /* as the initial user namespace sees them; (uint32_t)-1 where not known */
	uint32_t former_euid;      /* the one before, where that was known; else (uint32_t)-1 */
	bool has_host_root;        /* its user namespace contains the host's uid 0 */
	uint32_t host_root_uid;    /* then as that uid */
	uint32_t ns_euid;          /* as the process sees it; (uint32_t)-1 where not known */
	char comm[EVENT_COMM_SIZE];
	char executable[HISTORY_EXECUTABLE_MAX]; /* its end where it is longer; NUL-terminated, any bytes */
	char command[HISTORY_COMMAND_MAX];       /* its begin; arguments with a space between; any bytes but NUL */
};

/* A finding that a verdict stands on: enough to name its line by event.id. */
struct evidence {
	enum finding_kind kind; /* FINDING_EXEC: none is here */
	uint64_t time_ns, seq, start_ns;
	uint32_t cpu, tgid, tid;
	uint16_t ring;
	char command[HISTORY_COMMAND_MAX];
};

/* The first finding of each class, but the last drop. */
enum evidence_class {
	EVIDENCE_START, /* the first process */
	EVIDENCE_DROP,
	EVIDENCE_GAIN,    /* of root, or of what amounts to it */
	EVIDENCE_SESSION, /* as root */
	EVIDENCE_CHILD,   /* as root */
	EVIDENCE_KEEP,    /* of root's credentials, outside of the process's own */
	EVIDENCE_END,
};

/* A process that is not root, but has group 0: by a set-group-id file or a call, or since it dropped root. */
struct group_note {
	uint32_t tgid; /* 0: there is none */
	uint64_t start_ns;
	bool is_gain;    /* it gained group 0; else it kept it when it dropped root */
	bool is_by_file; /* by the set-group-id bit of executable */
	char comm[EVENT_COMM_SIZE];
	char executable[HISTORY_EXECUTABLE_MAX]; /* as in struct stretch */
};

/* Flat: freed with the container by free(3). */
struct root_history {
	uint64_t started_ns;       /* its first program, or its first process where that one was not seen */
	bool is_whole;             /* seen from its first program on */
	bool was_root, was_mapped; /* its first program; is_whole only */
	bool has_escalated;        /* a process that was not root became the host's root, and had not laid root aside */
	bool has_reached_host;     /* the kernel started one of its files as root on the host */
	bool has_gained_caps;      /* a process gained capabilities that amount to root, without uid 0 */
	bool has_dropped;          /* one of its own went from root to not root, as was seen */
	bool init_has_session_flag; /* its pid namespace is another container's: TASK_SESSION says nothing here */
	uint32_t host_root_uid;     /* the last one known of any process; (uint32_t)-1: of none */
	uint32_t init_euid;         /* the last one known of its first process */
	uint64_t nr_sessions, nr_gains, nr_regains, nr_drops; /* root sessions; gains of root or what amounts to it */
	uint64_t last_session_ns;                             /* when a root session was seen last; 0: never */
	uint64_t root_since_ns; /* since then one or another of its own has been the host's root; 0: nobody is */
	unsigned nr_stretches;
	uint64_t nr_forgotten;                           /* stretches that there was no room for */
	bool has_forgotten_held;                         /* one of them had not ended, or was a gain */
	struct stretch stretches[HISTORY_STRETCHES_MAX]; /* as they began */
	struct evidence evidence[EVIDENCE_END];
	struct group_note group; /* the first one, of which nothing says that it gave group 0 up */
	/* The verdict that was told last; see verdict.h. */
	bool is_told;
	int told_verdict; /* enum verdict */
	bool told_excepted;
	uint64_t told_since_ns;
};

/* A container's first program starts, or its first process is found: what came before is another life's. */
void history__begin(struct root_history *history, const struct process_event *event);

/* The process that began it is a sandboxed runtime's: nothing is known of the programs. */
void history__begin_unseen(struct root_history *history);

/**
 * Note what a record of a process in the container shows: EXEC, CREDS, TASK or IO_URING.
 *
 * @finding: what was told of it; NULL: nothing
 *
 * Returns true where somebody holds more or less than before.
 */
bool history__note(struct root_history *history, const struct process_view *process, enum process_role role,
		   const struct finding *finding);

/* The kernel started a file of the container on the host: a gain of root, by a process that is not the container's. */
void history__note_host_exec(struct root_history *history, const struct process_view *process,
			     const struct finding *finding);

/* The process of an EXIT record has ended. Returns true where it held something. */
bool history__note_exit(struct root_history *history, const struct process_event *event);

/* All tasks were walked over: who holds something and was not seen since begin_ns is gone. */
bool history__note_walk(struct root_history *history, uint64_t begin_ns);

/*
 * How long somebody was root, really or mapped, until now_ns; what is not known exactly counts as far as it was seen.
 */
uint64_t history__root_for(const struct root_history *history, uint64_t now_ns, bool *ret_is_exact);

/*
 * The evidence there is, the earliest first. Returns how many entries of ret_evidence are set; they point into the
 * history.
 */
unsigned history__evidence(const struct root_history *history, const struct evidence *ret_evidence[EVIDENCE_END]);

const char *hold_name(enum hold hold); /* "root", "mapped", "equivalent", "saved" */

#endif
