"""The kernel: what every durable case has in common, whatever its kind. Pure: no input, no output, no time but `now`.

A case has a standing (where it stands, who is on turn until when), a clock, a ledger of commands and an outbox of
entries. A kind says in `models.rules` what its events change and what it refuses.
"""
