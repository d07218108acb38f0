"""This machine's firmware through Linux's file system of variables."""
