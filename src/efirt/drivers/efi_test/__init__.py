"""This machine's firmware through Linux's /dev/efi_test."""
