"""This machine's firmware through FreeBSD's /dev/efi."""
