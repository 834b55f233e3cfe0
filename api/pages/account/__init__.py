"""One's own account: settings, devices, data, mail."""
