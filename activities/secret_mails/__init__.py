"""Secret mails: those that carry a secret, such as the link that signs somebody in.

They are sent like any other mail, see `activities.mail_sending`; what is here writes them. The row names who gets one
and what it is about; the workflow `SecretMail` holds its id alone. The secret is made at the moment of sending and only
its digest is kept, so it is in no history, no queue and no backup, and a second attempt brings a new one.

A new kind is
- a member of `models.vocabulary.SecretMailKind`,
- a file here with a `SecretMailSpec`: how long its secret lasts, and a function that makes the secret, keeps its digest
  in the row that the mail is about (`desk.row.subject_id`), and returns what the mail says, or None where there is
  nothing to say any more; `sign_in.py` is an example,
- a line in `kinds.py`, and its words in both catalogues.
It is posted with `api.use_cases.secret_mails.post_secret_mail`. Upkeep writes its own with `posting.write_secret_mail`,
which counts it in the same way.
"""
