"""Device paths: where a thing is, node by node. :mod:`efirt.payloads.device_path.path` has the whole of one."""
