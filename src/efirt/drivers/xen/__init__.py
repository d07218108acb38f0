"""Firmware behind Xen: each call is proxied through the hypervisor's platform op."""
