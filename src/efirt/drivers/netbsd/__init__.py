"""This machine's firmware through NetBSD's /dev/efi."""
