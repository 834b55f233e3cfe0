"""`ideenweg worker`: does the work of the workflows. Start as many as needed, on as many machines."""


def worker() -> None:
    """Work on workflows and activities until SIGTERM, which lets running activities finish."""
    import uvloop

    import workflows.worker
    from api.runtime.gc_tuning import look_as_usual
    from models.settings import load_settings
    from workflows.telemetry import tell

    settings = load_settings()
    look_as_usual()
    with tell(settings, "worker"):
        uvloop.run(workflows.worker.main(settings))
