/* SPDX-License-Identifier: Apache-2.0 */
/* A program of 32-bit arm that drops root but for the saved uid and regains it, by a call of each width of uids. */
	.arm
	.text
	.set	base, 0x10000
header:
	.ascii	"\177ELF\1\1\1"
	.zero	9
	.short	2, 40		/* ET_EXEC, EM_ARM */
	.long	1, base + start - header, segment - header, 0, 0x05000000	/* EABI 5 */
	.short	52, 32, 1, 0, 0, 0
segment:
	.long	1, 0, base, base, end - header, end - header, 5, 0x1000	/* PT_LOAD, read and execute */
start:
	mvn	r0, #0
	movw	r1, #1000
	mvn	r2, #0
	mov	r7, #208	/* setresuid32 */
	svc	#0
	mvn	r0, #0
	mov	r1, #0
	mvn	r2, #0
	mov	r7, #164	/* setresuid, of 16 bits */
	svc	#0
	mov	r0, #0
	mov	r7, #1		/* exit */
	svc	#0
end:
