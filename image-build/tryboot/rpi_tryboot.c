// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Tells the Raspberry Pi's firmware to try the other slot once: `reboot "0 tryboot"`.
 *
 * Raspberry Pi's own kernel does this inside drivers/firmware/raspberrypi.c; the mainline driver, which Debian's kernel
 * has, does not, so the word would be lost. Same words, same mailbox tag; nothing is done at any other reboot.
 */
#include <linux/module.h>
#include <linux/of.h>
#include <linux/reboot.h>
#include <soc/bcm2835/raspberrypi-firmware.h>

#define SET_REBOOT_FLAGS 0x00038064 /* property tag; bit 0 of the value is "tryboot" */

static struct device_node *node;

static int rpi_tryboot_notify(struct notifier_block *block, unsigned long action, void *data)
{
	__le32 flags = cpu_to_le32(1);
	struct rpi_firmware *firmware;
	int error = -ENODEV;

	if (action != SYS_RESTART || !data || !strstr(data, " tryboot"))
		return NOTIFY_DONE;
	/* Asked for now and not when the module was loaded: its driver may have come later. */
	firmware = rpi_firmware_get(node);
	if (firmware) {
		error = rpi_firmware_property(firmware, SET_REBOOT_FLAGS, &flags, sizeof(flags));
		rpi_firmware_put(firmware);
	}
	if (error)
		pr_err("rpi_tryboot: the firmware does not take the flag (%d): the same slot starts again\n", error);
	else
		pr_info("rpi_tryboot: the firmware tries the other slot\n");
	return NOTIFY_OK;
}

/* Before the firmware driver's own notifier, after which the firmware may no longer listen. */
static struct notifier_block rpi_tryboot_block = { .notifier_call = rpi_tryboot_notify, .priority = 1 };

static int __init rpi_tryboot_init(void)
{
	int error;

	node = of_find_compatible_node(NULL, NULL, "raspberrypi,bcm2835-firmware");
	if (!node) {
		pr_info("rpi_tryboot: there is no Raspberry Pi firmware here\n");
		return -ENODEV;
	}
	error = register_reboot_notifier(&rpi_tryboot_block);
	if (error)
		of_node_put(node);
	else
		pr_info("rpi_tryboot: a reboot with \"0 tryboot\" tries the other slot\n");
	return error;
}

static void __exit rpi_tryboot_exit(void)
{
	unregister_reboot_notifier(&rpi_tryboot_block);
	of_node_put(node);
}

module_init(rpi_tryboot_init);
module_exit(rpi_tryboot_exit);
MODULE_DESCRIPTION("Raspberry Pi firmware: try the other slot once");
MODULE_LICENSE("GPL");
