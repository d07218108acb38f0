"""Firmware settings as the things they are: a boot menu, a key ring, a clock."""
