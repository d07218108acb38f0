"""What runs inside a guest: its /init, its programs lab-snapshot and lab-disks, and the few files a system needs.

The guest talks to the host over its second ISA serial port, which works the same under a PV dom0, a PVH dom0 and bare
Linux, where DMA of virtio does not. It says a line and waits for one:

    lab start             the host answers with the seconds the command may take
    lab snapshot NAME     the host copies the variable store, then answers "ok"
    lab result SIZE       so many bytes, a compressed tar, are in the shared memory; the host ends the machine

What firmware wrote to that port before ``lab start`` is skipped. Each byte through a port costs a dom0 a trap into Xen, 15 KB/s
in all, so the result goes through memory shared with the host, which is a PCI device's and needs neither DMA nor a driver.
"""

from collections.abc import Iterator, Mapping
from typing import Final

from lab.cpio import Entry, file, folder, link

PORT: Final = "/dev/ttyS1"
RESULT: Final = "lab/result"
COMMAND: Final = "lab/command"
SHARED_SIZE: Final = 64 << 20
PACKAGES: Final = "usr/lib/python3/dist-packages"

INIT: Final = f"""\
#!/bin/busybox sh
export PATH=/usr/local/bin:/usr/bin:/usr/sbin HOME=/root LANG=C.UTF-8 TERM=dumb
/bin/busybox --install -s 2>/dev/null
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t devtmpfs devtmpfs /dev
exec >/dev/console 2>&1
at() {{ read -r up idle </proc/uptime; echo "lab: $1 at $up"; }}
at init
mkdir -p /dev/pts /dev/shm
mount -t devpts devpts /dev/pts
for module in /lab/modules/*; do
    insmod "$module" || echo "lab: no ${{module##*/}} here"
done
if [ -d /proc/xen ]; then mount -t xenfs xenfs /proc/xen; fi
if [ -d /sys/firmware/efi/efivars ]; then mount -t efivarfs efivarfs /sys/firmware/efi/efivars; fi
ifconfig lo 127.0.0.1 up
echo lab >/proc/sys/kernel/hostname
stty -F {PORT} 115200 raw -echo clocal -crtscts
chmod 666 {PORT}
exec 3<>{PORT}
printf '\\nlab start\\n' >&3
read -r -t 60 seconds <&3
at "command, for $seconds s,"
timeout -s KILL "$seconds" sh /{COMMAND} >/{RESULT}/stdout 2>/{RESULT}/stderr </dev/null 3>&-
status=$?
echo "$status" >/{RESULT}/status
at "status $status"
cd /
while read -r path; do
    if [ -e "$path" ]; then
        mkdir -p "/{RESULT}/files${{path%/*}}"
        cp -rL "$path" "/{RESULT}/files$path"
    fi
done </lab/get
tar -c -z -f /lab/result.tgz -C /{RESULT} .
at packed
python3 -I -S /lab/share.py /lab/result.tgz
printf 'lab result %s\\n' "$(stat -c %s /lab/result.tgz)" >&3
at brought
read -r -t 60 answer <&3
poweroff -f
"""

SNAPSHOT: Final = f"""\
#!/bin/busybox sh
# Ask the host to copy the variable store now, and wait until it has.
if [ $# -ne 1 ]; then
    echo "usage: lab-snapshot NAME" >&2
    exit 2
fi
until mkdir /tmp/lab-snapshot 2>/dev/null; do usleep 50000; done
trap 'rmdir /tmp/lab-snapshot' EXIT
exec 3<>{PORT}
printf 'lab snapshot %s\\n' "$1" >&3
read -r -t 60 answer <&3
if [ "$answer" != ok ]; then
    echo "lab-snapshot: the host said: ${{answer:-nothing}}" >&2
    exit 1
fi
"""

DISKS: Final = """\
#!/bin/busybox sh
# Make the disks of this run known: without their drivers a boot is a second shorter.
for module in /lab/disks/*; do
    insmod "$module" || echo "lab: no ${module##*/} here" >&2
done
"""

# Copies a file to the start of the memory that QEMU's device ivshmem-plain shares with the host.
# Source: QEMU, docs/specs/ivshmem-spec.rst: vendor 1af4, device 1110, the memory is BAR 2.
SHARE: Final = f"""\
import mmap, os, sys
for name in os.listdir("/sys/bus/pci/devices"):
    device = "/sys/bus/pci/devices/" + name
    if open(device + "/vendor").read() + open(device + "/device").read() == "0x1af4\\n0x1110\\n":
        break
else:
    sys.exit("lab: no shared memory")
with open(device + "/enable", "w") as enable:
    enable.write("1")
data = open(sys.argv[1], "rb").read()
file = os.open(device + "/resource2", os.O_RDWR | os.O_SYNC)
mmap.mmap(file, {SHARED_SIZE})[: len(data)] = data
"""


def system(python: str, modules: Mapping[str, Mapping[str, bytes]]) -> Iterator[Entry]:
    """Give what the guest has besides the contents of packages.

    Args:
        python: The version of its Python, "3.11".
        modules: Kernel modules, in the order in which they are inserted, by their place under /lab: "modules" at boot, those of any
            other when they are asked for.
    """
    for name in ("bin", "lib", "lib64", "sbin"):
        yield link(name, f"usr/{name}")
    for name in ("dev", "etc", "proc", "sys", "root", "run", "mnt", "usr/local/bin", RESULT, PACKAGES):
        yield folder(name)
    for name in ("tmp", "var/tmp"):
        yield folder(name, 0o1777)
    yield Entry("dev/console", 0o020600, device=(5, 1))
    yield Entry("dev/null", 0o020666, device=(1, 3))
    yield link("usr/bin/python3", f"python{python}")
    yield file("etc/passwd", "root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/sh\n")
    yield file("etc/group", "root:x:0:\nnogroup:x:65534:\n")
    yield file("etc/hosts", "127.0.0.1 localhost lab\n")
    yield file("etc/nsswitch.conf", "passwd: files\ngroup: files\nhosts: files\n")
    yield file("usr/bin/lab-snapshot", SNAPSHOT, 0o755)
    yield file("usr/bin/lab-disks", DISKS, 0o755)
    yield file("lab/share.py", SHARE)
    yield file("init", INIT, 0o755)
    for kind, some in modules.items():
        for place, (name, data) in enumerate(some.items()):
            yield file(f"lab/{kind}/{place:02}-{name}.ko", data)


def command(machine: str, words: str) -> str:
    """Write the script that runs the caller's command, given as the shell reads it."""
    return f"""\
export EFIRT_LAB={machine} PYTHONPATH=/efirt/src USER=root
if [ -d /efirt ]; then cd /efirt; fi
exec {words}
"""
