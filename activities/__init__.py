"""Activities: every side effect of a workflow, such as recording, offers to coaches and mail. Each is idempotent, since
Temporal may run it twice.

Imports models. Workflows see `activities.signatures` only; adapters are imported by the composition roots alone.
"""
