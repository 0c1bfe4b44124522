// SPDX-License-Identifier: GPL-2.0-only
/* Run a program that gets no transparent huge pages, whatever it asks for. */
#include <stdio.h>
#include <sys/prctl.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	if (argc < 2) {
		fprintf(stderr, "usage: thp-off PROGRAM [ARGUMENTS]\n");
		return 2;
	}
	if (prctl(PR_SET_THP_DISABLE, 1, 0, 0, 0)) {
		perror("thp-off: PR_SET_THP_DISABLE");
		return 1;
	}
	execvp(argv[1], argv + 1);
	perror(argv[1]);
	return 127;
}
