"""The people who work here: how the first lead comes, who is invited, and what is changed of whom.

Every change is one transaction: the change, its line in the history (`person_change`), its line in the audit log, and
where it takes something away, `change_of_proof`. May import what `api` imports but for routes and pages.
"""
