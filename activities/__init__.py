"""Every side effect: recording, offers to coaches, mail. Each may happen twice and leaves the same behind.

Imports models. Workflows see `activities.signatures` only; adapters are imported by the composition roots alone.
"""
