"""How Temporal is reached: TEMPORAL_* variables, read by the reader of the SDK itself."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from models.secret_files import find_secret_file
from models.settings import Settings

if TYPE_CHECKING:
    from temporalio.envconfig import ClientConnectConfig


def read_temporal_config(settings: Settings) -> ClientConnectConfig:
    """How to connect: keywords for `Client.connect`, from TEMPORAL_* variables and the profile they name.

    The user's default configuration file counts only when TEMPORAL_PROFILE or TEMPORAL_CONFIG_FILE asks for it, so
    that a profile for some other project never redirects this one.
    """
    from temporalio.envconfig import ClientConfig  # slow to import, and most commands do without

    uses_file = bool(settings.temporal_profile or settings.temporal_config_file)
    if not uses_file and not os.environ.get("TEMPORAL_ADDRESS"):
        # Embedded, found through run.json: a TEMPORAL_API_KEY or TEMPORAL_TLS for another service is not for it.
        return {"target_host": settings.temporal_address or "", "namespace": settings.temporal_namespace}
    key = find_secret_file("TEMPORAL_API_KEY")  # the SDK's variables know no file of it
    config = ClientConfig.load_client_connect_config(
        config_file=str(settings.temporal_config_file) if settings.temporal_config_file else None,
        profile=settings.temporal_profile,
        disable_file=not uses_file,
        override_env_vars=os.environ | ({"TEMPORAL_API_KEY": key} if key else {}),
    )
    config.setdefault("namespace", settings.temporal_namespace)
    return config
