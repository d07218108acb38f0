/* A stand-in for libxencall: the same six functions, a hypervisor of its own behind them, and a diary. */
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct { int open; } handle;

/* What tests look at, and what they set. */
int fake_open_errno, fake_alloc_errno, fake_call_errno;
int fake_opens, fake_closes, fake_allocations, fake_frees, fake_calls;
unsigned fake_flags, fake_number;
uint64_t fake_address;
size_t fake_last_size;

static handle only;

handle *xencall_open(void *logger, unsigned flags)
{
    if (logger || only.open) abort();
    fake_opens++;
    fake_flags = flags;
    if (fake_open_errno) { errno = fake_open_errno; return NULL; }
    only.open = 1;
    return &only;
}

int xencall_close(handle *h)
{
    if (h != &only || !h->open) abort();
    fake_closes++;
    h->open = 0;
    return 0;
}

/* As the real one: whole pages, zeros, and 16 bytes of its own in front. */
void *xencall_alloc_buffer(handle *h, size_t size)
{
    size_t whole = (size + 16 + 4095) / 4096 * 4096;
    char *pages;
    if (h != &only || !h->open) abort();
    if (fake_alloc_errno || posix_memalign((void **)&pages, 4096, whole)) {
        errno = fake_alloc_errno ? fake_alloc_errno : ENOMEM;
        return NULL;
    }
    fake_allocations++;
    fake_last_size = size;
    memset(pages, 0, whole);
    return pages + 16;
}

void xencall_free_buffer(handle *h, void *buffer)
{
    if (h != &only || !h->open || (uintptr_t)buffer % 4096 != 16) abort();
    fake_frees++;
    memset(buffer, 0xdd, 64);
    free((char *)buffer - 16);
}

int xencall1(handle *h, unsigned number, uint64_t address)
{
    unsigned char *op = (unsigned char *)(uintptr_t)address;
    uint32_t words[4], clears_ns = 1;
    if (h != &only || !h->open) abort();
    fake_calls++;
    fake_number = number;
    fake_address = address;
    if (fake_call_errno) { errno = fake_call_errno; return -1; }
    memcpy(words, op, sizeof(words));
    if (words[0] != 49 || words[1] != 0x03000001 || words[3]) { errno = EINVAL; return -1; }
    switch (words[2]) {
    case 1: /* get_time */
        memcpy(op + 12, &clears_ns, 4);
        memcpy(op + 24, "\xea\x07\x0b\x16\x13\x2f\x17\xaa\x15\xcd\x5b\x07\xc4\xff\x03\xbb" "\x01\0\0\0" "\x80\xf0\xfa\x02", 24);
        return 0;
    case 6: { /* get_variable: the value is the name */
        uint64_t name, size, data, attributes = 7;
        memcpy(&name, op + 24, 8);
        memcpy(&size, op + 32, 8);
        memcpy(&data, op + 40, 8);
        memcpy((void *)(uintptr_t)data, (void *)(uintptr_t)name, size < 8 ? size : 8);
        memcpy(op + 12, &attributes, 4);
        size = 8;
        memcpy(op + 32, &size, 8);
        return 0;
    }
    default:
        errno = ENOSYS;
        return -1;
    }
}
