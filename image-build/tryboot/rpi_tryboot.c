// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Tells the Raspberry Pi's firmware to try the other slot once: `reboot "0 tryboot"`.
 *
 * Raspberry Pi's own kernel does this inside drivers/firmware/raspberrypi.c; the mainline driver, which Debian's kernel
 * has, does not, so the word would be lost. Same words, same mailbox tag; nothing is done at any other reboot.
 */
#include <linux/module.h>
#include <linux/of.h>
#include <linux/platform_device.h>
#include <linux/reboot.h>
#include <soc/bcm2835/raspberrypi-firmware.h>

#define SET_REBOOT_FLAGS 0x00038064 /* property tag; bit 0 of the value is "tryboot" */

static struct rpi_firmware *firmware;

static int rpi_tryboot_notify(struct notifier_block *block, unsigned long action, void *data)
{
	__le32 flags = cpu_to_le32(1);
	int error;

	if (action != SYS_RESTART || !data || !strstr(data, " tryboot"))
		return NOTIFY_DONE;
	error = rpi_firmware_property(firmware, SET_REBOOT_FLAGS, &flags, sizeof(flags));
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
	struct device_node *node = of_find_compatible_node(NULL, NULL, "raspberrypi,bcm2835-firmware");
	int error;

	if (!node)
		return -ENODEV;
	firmware = rpi_firmware_get(node);
	of_node_put(node);
	if (!firmware)
		return -EPROBE_DEFER;
	error = register_reboot_notifier(&rpi_tryboot_block);
	if (error)
		rpi_firmware_put(firmware);
	return error;
}

static void __exit rpi_tryboot_exit(void)
{
	unregister_reboot_notifier(&rpi_tryboot_block);
	rpi_firmware_put(firmware);
}

module_init(rpi_tryboot_init);
module_exit(rpi_tryboot_exit);
MODULE_DESCRIPTION("Raspberry Pi firmware: try the other slot once");
MODULE_LICENSE("GPL");
