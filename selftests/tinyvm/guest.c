// SPDX-License-Identifier: GPL-2.0-only
/*
 * The tiny guest: copied into the control slot and run there. %rbx points to
 * the vCPU's struct guest_ctl. It has no stack, no descriptor tables and no
 * interrupts; a fault is a shutdown, which the host reports.
 */
#include <assert.h>
#include <stddef.h>

#include "guest.h"
#include "tinyvm.h"

static_assert(offsetof(struct guest_ctl, list) == 0 &&
	      offsetof(struct guest_ctl, count) == 8 &&
	      offsetof(struct guest_ctl, flags) == 12 &&
	      offsetof(struct guest_ctl, left) == 16 &&
	      offsetof(struct guest_ctl, rounds) == 24 &&
	      offsetof(struct guest_ctl, stop) == 32, "the assembly below knows");
static_assert(TINYVM_WRITE == 1 && TINYVM_FLUSH == 2 && GUEST_PORT == 0x10,
	      "the assembly below knows");

asm(".pushsection .rodata, \"a\"\n"
    ".code64\n"
    ".balign 16\n"
    ".globl tinyvm_guest, tinyvm_guest_end\n"
    "tinyvm_guest:\n"
    "1:	testl	$2, 12(%rbx)\n"		/* flags & TINYVM_FLUSH */
    "	jz	2f\n"
    "	mov	%cr3, %rax\n"
    "	mov	%rax, %cr3\n"
    "2:	mov	(%rbx), %rsi\n"		/* list */
    "	mov	8(%rbx), %ecx\n"	/* count */
    "	test	%ecx, %ecx\n"
    "	jz	5f\n"
    "	testl	$1, 12(%rbx)\n"		/* flags & TINYVM_WRITE */
    "	jnz	4f\n"
    "3:	lodsl\n"
    "	shl	$12, %rax\n"
    "	mov	(%rax), %rdx\n"
    "	dec	%ecx\n"
    "	jnz	3b\n"
    "	jmp	5f\n"
    "4:	lodsl\n"
    "	shl	$12, %rax\n"
    "	mov	%rax, (%rax)\n"
    "	dec	%ecx\n"
    "	jnz	4b\n"
    "5:	incq	24(%rbx)\n"		/* rounds */
    "	cmpl	$0, 32(%rbx)\n"		/* stop */
    "	jne	6f\n"
    "	decq	16(%rbx)\n"		/* left */
    "	jnz	1b\n"
    "6:	out	%al, $0x10\n"
    "	jmp	1b\n"
    "tinyvm_guest_end:\n"
    ".popsection\n");
