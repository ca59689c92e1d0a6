# What the initramfs must load, in this order: checksums first, since busybox's modprobe does not know soft dependencies.
crc32c_generic
crc32c_cryptoapi
# Restarts a Pi 3 or 4 after a panic: their device trees have no PSCI, so nothing else could, and a slot that cannot start
# would never be left.
bcm2835_wdt
# virtio: the boot test.
virtio_pci
virtio_blk
# Pi 3 and Zero 2 W; then Pi 4, CM4; then Pi 5.
bcm2835
sdhci-iproc
sdhci-brcmstb
mmc_block
# A USB stick or disk instead of a card.
xhci-pci
xhci-plat-hcd
dwc2
pcie-brcmstb
reset-raspberrypi
usb-storage
uas
sd_mod
# File systems.
erofs
ext4
overlay
