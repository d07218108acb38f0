"""Disks of this machine as firmware knows them: partition tables, what lies on which disk, and the device path to it."""
