"""Device files that are asked by ioctl: what the drivers over them, and the simulated kernels under them, share."""
