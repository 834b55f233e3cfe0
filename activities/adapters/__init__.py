"""The outside world behind our ports. Imported by `workflows.worker` and `api.app` alone."""
