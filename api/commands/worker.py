"""`ideenweg worker`: does the work of the workflows. Start as many as needed, on as many machines."""


def worker() -> None:
    """Work on workflows and activities until SIGTERM, which lets running activities finish."""
    import asyncio

    import workflows.worker

    asyncio.run(workflows.worker.main())
