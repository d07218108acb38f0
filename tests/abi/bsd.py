"""The macros that make an ioctl's number on a BSD; Linux's are others.

Source: FreeBSD sys/sys/ioccom.h, NetBSD sys/sys/ioccom.h.
"""

MACROS = """
#define BSD_IOC(inout, group, num, len) ((uint32_t)(inout) | ((len) & 0x1fff) << 16 | (group) << 8 | (num))
#define BSD_IOR(g, n, t) BSD_IOC(0x40000000u, g, n, sizeof(t))
#define BSD_IOW(g, n, t) BSD_IOC(0x80000000u, g, n, sizeof(t))
#define BSD_IOWR(g, n, t) BSD_IOC(0xc0000000u, g, n, sizeof(t))
struct uuid { uint32_t time_low; uint16_t mid, high; uint8_t seq, low, node[6]; };
struct efi_get_table_ioc { void *buf; struct uuid uuid; size_t table_len; size_t buf_len; };
struct efi_var_ioc { uint16_t *name; size_t namesize; struct uuid vendor; uint32_t attrib; void *data; size_t datasize; };
"""
