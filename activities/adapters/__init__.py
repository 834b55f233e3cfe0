"""Adapters: mail servers and crowdfunding platforms behind the ports of `activities.ports`. Imported by the
composition roots alone, which pyproject.toml names."""
