// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* A kernel module that makes whoever writes to /proc/uidzero_test root, in the way that the word written names. */
#define INCLUDE_VERMAGIC
#include <linux/cred.h>
#include <linux/init_task.h>
#include <linux/module.h>
#include <linux/proc_fs.h>
#include <linux/sched.h>
#include <linux/uaccess.h>
#include <linux/vermagic.h>

static int commit(void)
{
	struct cred *creds = prepare_kernel_cred(&init_task);

	return creds ? commit_creds(creds) : -ENOMEM;
}

static int overwrite(void)
{
	struct cred *creds = (struct cred *)current_cred();

	creds->uid = creds->euid = creds->suid = creds->fsuid = GLOBAL_ROOT_UID;
	return 0;
}

static ssize_t on_write(struct file *file, const char __user *text, size_t size, loff_t *offset)
{
	char word[16] = "";
	int err;

	if (size >= sizeof(word) || copy_from_user(word, text, size))
		return -EINVAL;
	if (!strcmp(word, "commit\n"))
		err = commit();
	else if (!strcmp(word, "overwrite\n"))
		err = overwrite();
	else
		err = -EINVAL;
	return err ?: (ssize_t)size;
}

static const struct proc_ops operations = {
	.proc_write = on_write,
};

int init_module(void)
{
	return proc_create("uidzero_test", 0222, NULL, &operations) ? 0 : -ENOMEM;
}

/* What modpost adds to a module, but for the symbols' versions, which a kernel can be without. */
struct module __this_module __section(".gnu.linkonce.this_module") = {
	.name = KBUILD_MODNAME,
	.init = init_module,
	.arch = MODULE_ARCH_INIT,
};
MODULE_INFO(vermagic, VERMAGIC_STRING);
MODULE_INFO(name, KBUILD_MODNAME);
MODULE_LICENSE("Dual BSD/GPL");
