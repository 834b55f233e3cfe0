"""people, proofs, the audit log: what an office needs to run by itself"""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

ID = sa.Uuid(as_uuid=False)
INSTANT = sa.DateTime(timezone=True)
TEXTS = ARRAY(sa.Text())

ADDRESSES = (
    *(
        ("account", "email"),
        ("address_change", "email"),
        ("draft", "email"),
        ("draft_link", "email"),
        ("feedback", "email"),
    ),
    *(("invitation", "email"), ("letter", "email"), ("mailbox_message", "recipient"), ("staff_invitation", "email")),
)
IS_CANONICAL = (
    r"~ '^[!#-\u0027*+/-9=?^-~-]+(\.[!#-\u0027*+/-9=?^-~-]+)*"
    r"@([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+[a-z]([a-z0-9-]*[a-z0-9])?$'"
)


UNSEEN = (
    r"\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff"
    r"\uffa0"
)
MARKS = r"\u0300-\u036f\u0483-\u0487\u064b-\u065f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f"
BETWEEN_WORDS = (
    r"\u0001-\u002f\u003a-\u0040\u005b-\u0060\u007b-\u00bf\u00d7\u00f7\u02b9-\u02ff\u2000-\u206f\u20a0-\u20cf"
    r"\u2190-\u2bff\u2e00-\u2e7f\u3000-\u303f\ufe30-\ufe6f"
)
SPELLED_OUT = (
    *(("ß", "ss"), ("ẞ", "ss"), ("æ", "ae"), ("Æ", "ae")),
    *(("œ", "oe"), ("Œ", "oe"), ("þ", "th"), ("Þ", "th")),
)
SINGLE = (
    "ØøĐđÐðŁłĦħŦŧıĸŊŋĲĳΑΒΓΔΕΖΗΘΙΚΛΜΝΞΟΠΡΣςΤΥΦΧΨΩАБВГДЕЖЗИЙКЛМНОПРСТУФХЦЧШЩЪЫЬЭЮЯЂЄЅІЈЉЊЋЏҐ",
    "ooddddllhhttiknniiαβγδεζηθικλμνξοπρσστυφχψωабвгдежзийклмнопрстуфхцчшщъыьэюяђєѕіјљњћџґ",
)
FOLD = f"""
    CREATE FUNCTION ideenweg_fold(words text) RETURNS text LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
    DECLARE t text COLLATE "C";
    BEGIN
        t := lower(regexp_replace(normalize(words, NFKD), '[{MARKS}{UNSEEN}]', '', 'g') COLLATE "C");
        IF t ~ '[\\u00c6-\\uffff]' THEN
            {" ".join(f"t := replace(t, '{letter}', '{spelled}');" for letter, spelled in SPELLED_OUT)}
            t := translate(t, '{SINGLE[0]}', '{SINGLE[1]}');
        END IF;
        RETURN btrim(regexp_replace(t, '[{BETWEEN_WORDS}]+', ' ', 'g'), ' ');
    END $$
"""
"""The same as `models.folding.fold`, which says why: a test compares the two sign by sign. `lower` under the collation
C knows ASCII alone."""

WORDS = r"""
    CREATE FUNCTION ideenweg_words(words text) RETURNS text LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
    DECLARE
        folded text COLLATE "C" := public.ideenweg_fold(words);
        short text COLLATE "C" := regexp_replace(folded, '([aou])e', '\1', 'g');
    BEGIN
        RETURN CASE WHEN short = folded THEN ' ' || folded || ' '
                    ELSE ' ' || folded || E' \n ' || short || ' ' END;
    END $$
"""

FOLDED = (
    ("idea", "folded_title", "title"),
    (
        "idea",
        "folded",
        "title || ' ' || summary || ' ' || problem || ' ' || solution || ' ' || target_group || ' ' || organisation "
        "|| ' ' || CASE WHEN source = 'api' THEN '' ELSE coalesce(source_ref, '') END "
        "|| ' ' || coalesce(reference, '')",
    ),
    ("note", "folded", "CASE WHEN event = 'clarify' AND NOT internal THEN body END"),
    ("account", "folded_name", "name"),
    ("account", "folded_email", "email"),
    ("staff_invitation", "folded_name", "name"),
    ("saved_view", "folded_name", "name"),
)


def upgrade() -> None:
    # A token without an end, and a session without the time of its proof, count no more.
    op.execute("DELETE FROM access_token")
    op.execute("DELETE FROM session")
    op.create_table(
        "audit_entry",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("event", sa.String(length=40), nullable=False),
        sa.Column("outcome", sa.String(length=20), nullable=False),
        sa.Column("account_id", ID, nullable=True),
        sa.Column("session_id", ID, nullable=True),
        sa.Column("network_hash", sa.String(length=64), nullable=True),
        sa.Column("subject_id", ID, nullable=True),
        sa.Column("facts", JSONB, nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_audit_account", "audit_entry", ["account_id", "at"])
    op.create_index("ix_audit_at", "audit_entry", ["at"])
    op.create_table(
        "rate_count",
        sa.Column("key", sa.String(length=120), nullable=False),
        sa.Column("window", INSTANT, nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("key", "window"),
        prefixes=["UNLOGGED"],
    )
    op.create_table(
        "set_up_link",
        sa.Column("id", ID, nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("expires_at", INSTANT, nullable=False),
        sa.Column("used_at", INSTANT, nullable=True),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("hash"),
    )
    op.create_table(
        "authenticator",
        sa.Column("account_id", ID, nullable=False),
        sa.Column("secret", sa.String(length=400), nullable=True),
        sa.Column("offered", sa.String(length=400), nullable=True),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("confirmed_at", INSTANT, nullable=True),
        sa.Column("last_step", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("account_id"),
    )
    op.create_table(
        "challenge",
        sa.Column("id", ID, nullable=False),
        sa.Column("account_id", ID, nullable=True),
        sa.Column("browser_hash", sa.String(length=64), nullable=False),
        sa.Column("challenge", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("expires_at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_challenge_browser_hash"), "challenge", ["browser_hash"])
    op.create_index(op.f("ix_challenge_expires_at"), "challenge", ["expires_at"])
    op.create_table(
        "passkey",
        sa.Column("id", ID, nullable=False),
        sa.Column("account_id", ID, nullable=False),
        sa.Column("credential_id", sa.LargeBinary(), nullable=False),
        sa.Column("public_key", sa.LargeBinary(), nullable=False),
        sa.Column("sign_count", sa.Integer(), nullable=False),
        sa.Column("transports", TEXTS, nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("last_used_at", INSTANT, nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("credential_id"),
    )
    op.create_index(op.f("ix_passkey_account_id"), "passkey", ["account_id"])
    op.create_table(
        "recovery_code",
        sa.Column("id", ID, nullable=False),
        sa.Column("account_id", ID, nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("used_at", INSTANT, nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_recovery_code_account_id"), "recovery_code", ["account_id"])
    op.create_index(op.f("ix_recovery_code_hash"), "recovery_code", ["hash"])
    op.create_table(
        "staff_invitation",
        sa.Column("id", ID, nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("role", sa.String(length=20), nullable=False),
        sa.Column("office", sa.String(length=40), nullable=True),
        sa.Column("greeting", sa.String(length=1000), nullable=False),
        sa.Column("inviter_id", ID, nullable=True),
        sa.Column("language", sa.String(length=8), nullable=False),
        sa.Column("hashes", TEXTS, nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("asked_at", INSTANT, nullable=False),
        sa.Column("expires_at", INSTANT, nullable=False),
        sa.Column("accepted_at", INSTANT, nullable=True),
        sa.Column("declined_at", INSTANT, nullable=True),
        sa.Column("withdrawn_at", INSTANT, nullable=True),
        sa.ForeignKeyConstraint(["inviter_id"], ["account.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_staff_invitation_email"), "staff_invitation", ["email"])
    op.create_index(op.f("ix_staff_invitation_expires_at"), "staff_invitation", ["expires_at"])
    op.create_index("ix_staff_invitation_hashes", "staff_invitation", ["hashes"], postgresql_using="gin")
    op.create_index(
        "uq_staff_invitation",
        "staff_invitation",
        ["email"],
        unique=True,
        postgresql_where=sa.text("accepted_at IS NULL AND declined_at IS NULL AND withdrawn_at IS NULL"),
    )
    op.create_table(
        "person_change",
        sa.Column("id", ID, nullable=False),
        sa.Column("account_id", ID, nullable=True),
        sa.Column("invitation_id", ID, nullable=True),
        sa.Column("by_id", ID, nullable=True),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("facts", JSONB, nullable=False),
        sa.Column("status", sa.String(length=10), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("proposed_until", INSTANT, nullable=True),
        sa.Column("decided_by_id", ID, nullable=True),
        sa.Column("decided_at", INSTANT, nullable=True),
        sa.CheckConstraint("account_id IS NOT NULL OR invitation_id IS NOT NULL", name="ck_person_change_about"),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["invitation_id"], ["staff_invitation.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_person_change", "person_change", ["account_id", "at"])
    op.create_index("ix_person_change_invitation", "person_change", ["invitation_id"])
    op.create_index(
        "ix_person_change_open", "person_change", ["proposed_until"], postgresql_where=sa.text("status = 'proposed'")
    )
    op.create_table(
        "owner_request",
        sa.Column("id", ID, nullable=False),
        sa.Column("idea_id", ID, nullable=False),
        sa.Column("account_id", ID, nullable=False),
        sa.Column("asked_by", ID, nullable=True),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("expires_at", INSTANT, nullable=False),
        sa.Column("accepted_at", INSTANT, nullable=True),
        sa.Column("declined_at", INSTANT, nullable=True),
        sa.Column("withdrawn_at", INSTANT, nullable=True),
        sa.ForeignKeyConstraint(["idea_id"], ["idea.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["asked_by"], ["account.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_owner_request_idea_id"), "owner_request", ["idea_id"])
    op.create_index(op.f("ix_owner_request_account_id"), "owner_request", ["account_id"])
    op.create_index(
        "uq_owner_request",
        "owner_request",
        ["idea_id"],
        unique=True,
        postgresql_where=sa.text("accepted_at IS NULL AND declined_at IS NULL AND withdrawn_at IS NULL"),
    )
    op.create_table(
        "story",
        sa.Column("idea_id", ID, nullable=False),
        sa.Column("note_id", ID, nullable=True),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("teaser", sa.String(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("edited_by", ID, nullable=True),
        sa.Column("edited_at", INSTANT, nullable=True),
        sa.Column("agreed_at", INSTANT, nullable=True),
        sa.Column("withdrawn_at", INSTANT, nullable=True),
        sa.ForeignKeyConstraint(["idea_id"], ["idea.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("idea_id"),
    )
    op.add_column("idea", sa.Column("office_by_hand", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.alter_column("idea", "office_by_hand", server_default=None)
    op.add_column("idea", sa.Column("warned_at", INSTANT, nullable=True))
    op.add_column("idea", sa.Column("written_on", sa.Date(), nullable=True))
    op.create_table(
        "import_run",
        sa.Column("id", ID, nullable=False),
        sa.Column("created_by", ID, nullable=True),
        sa.Column("file_name", sa.String(length=200), nullable=False),
        sa.Column("source", sa.String(length=80), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=True),
        sa.Column("choices", JSONB, nullable=False),
        sa.Column("counts", JSONB, nullable=False),
        sa.Column("report", sa.LargeBinary(), nullable=True),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("checked_at", INSTANT, nullable=True),
        sa.Column("started_at", INSTANT, nullable=True),
        sa.Column("alive_at", INSTANT, nullable=True),
        sa.Column("finished_at", INSTANT, nullable=True),
        sa.ForeignKeyConstraint(["created_by"], ["account.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_import_run_created", "import_run", ["created_at"])
    op.create_table(
        "kept_form",
        sa.Column("id", ID, nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("account_id", ID, nullable=True),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("expires_at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_kept_form_account_id"), "kept_form", ["account_id"])
    op.create_index(op.f("ix_kept_form_expires_at"), "kept_form", ["expires_at"])
    op.add_column("idea", sa.Column("read_at", INSTANT, nullable=True))
    for table, column, empty in (("idea", "changes", "[]"), ("draft", "written_by", "{}")):
        op.add_column(table, sa.Column(column, JSONB, nullable=False, server_default=empty))
        op.alter_column(table, column, server_default=None)
    op.add_column("note", sa.Column("redacted_at", INSTANT, nullable=True))
    op.add_column("note", sa.Column("redacted_by", ID, nullable=True))
    for table in ("erasure", "retention_run"):
        op.add_column(table, sa.Column("places", JSONB, nullable=False, server_default="[]"))
        op.alter_column(table, "places", server_default=None)
    op.add_column("access_token", sa.Column("name", sa.String(length=80), nullable=False))
    op.add_column("access_token", sa.Column("scopes", TEXTS, nullable=False))
    op.add_column("access_token", sa.Column("expires_at", INSTANT, nullable=False))
    op.add_column("access_token", sa.Column("last_used_at", INSTANT, nullable=True))
    op.add_column("account", sa.Column("proved_at", INSTANT, nullable=True))
    op.add_column("account", sa.Column("signed_in_at", INSTANT, nullable=True))
    op.add_column("account", sa.Column("blocked_at", INSTANT, nullable=True))
    op.add_column("account", sa.Column("proofs_from", INSTANT, nullable=True))
    for name, length in (("phone", 40), ("reach", 200)):
        op.add_column("account", sa.Column(name, sa.String(length=length), nullable=False, server_default=""))
        op.alter_column("account", name, server_default=None)
    for name in ("shows_mail", "shows_phone"):
        op.add_column("account", sa.Column(name, sa.Boolean(), nullable=False, server_default=sa.true()))
        op.alter_column("account", name, server_default=None)
    op.add_column("notice_settings", sa.Column("talk", sa.String(length=8), nullable=False, server_default="at_once"))
    op.alter_column("notice_settings", "talk", server_default=None)
    op.add_column("account", sa.Column("oidc_issuer", sa.String(length=300), nullable=True))
    op.add_column("account", sa.Column("oidc_subject", sa.String(length=255), nullable=True))
    op.create_index("uq_account_oidc", "account", ["oidc_issuer", "oidc_subject"], unique=True)
    op.add_column("address_change", sa.Column("session_id", ID, nullable=True))
    op.create_index(op.f("ix_address_change_session_id"), "address_change", ["session_id"])
    op.create_foreign_key(None, "address_change", "session", ["session_id"], ["id"], ondelete="CASCADE")
    op.add_column("draft", sa.Column("alike", JSONB, nullable=True))
    op.add_column("coach_profile", sa.Column("introduced_at", INSTANT, nullable=True))
    op.add_column("coach_profile", sa.Column("absence_n", sa.Integer(), nullable=True))
    op.add_column("coach_profile", sa.Column("departure_n", sa.Integer(), nullable=True))
    op.add_column("coach_profile", sa.Column("successor_id", ID, sa.ForeignKey("account.id"), nullable=True))
    _index_coached("coalesce(cover_id, coach_id)")
    op.add_column("draft", sa.Column("waits_since", INSTANT, nullable=True))
    op.create_index(op.f("ix_draft_waits_since"), "draft", ["waits_since"])
    for column, kind in (
        ("source", sa.String(length=80)),
        ("source_ref", sa.String(length=200)),
        ("written_on", sa.Date()),
        ("invited_at", INSTANT),
    ):
        op.add_column("draft", sa.Column(column, kind, nullable=True))
    op.create_unique_constraint("uq_draft_source", "draft", ["source", "source_ref"])
    op.add_column("draft_link", sa.Column("email", sa.String(length=254), nullable=False, server_default=""))
    op.alter_column("draft_link", "email", server_default=None)
    op.add_column("letter", sa.Column("network_hash", sa.String(length=64), nullable=True))
    op.add_column("letter", sa.Column("to_unproved", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.alter_column("letter", "to_unproved", server_default=None)
    op.create_index("ix_letter_unproved", "letter", ["created_at"], postgresql_where=sa.text("to_unproved"))
    op.add_column("session", sa.Column("second", sa.String(length=8), nullable=True))
    op.add_column("session", sa.Column("proved_at", INSTANT, nullable=False))
    op.add_column("session", sa.Column("wrong_tries", sa.Integer(), nullable=False))
    add_folded()
    for table, column in ADDRESSES:
        op.create_check_constraint(f"ck_{table}_address", table, f"{column} = '' OR {column} {IS_CANONICAL}")
    op.execute(
        "CREATE FUNCTION audit_is_append_only() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION 'the audit log is append-only'; END $$"
    )
    op.execute(
        "CREATE TRIGGER audit_is_append_only BEFORE UPDATE ON audit_entry "
        "FOR EACH ROW EXECUTE FUNCTION audit_is_append_only()"
    )


def add_folded() -> None:
    """What is searched and sorted by, see `models.tables.folded`."""
    op.create_table(
        "reference_year",
        sa.Column("year", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("year"),
    )
    op.add_column("idea", sa.Column("reference", sa.String(length=20), nullable=True))
    op.create_unique_constraint(None, "idea", ["reference"])
    op.create_index("ix_idea_district", "idea", ["district"])
    op.add_column("standing", sa.Column("duplicate_of", ID, nullable=True))
    is_twin = sa.text("duplicate_of IS NOT NULL")
    op.create_index("ix_standing_twin", "standing", ["duplicate_of"], postgresql_where=is_twin)
    op.drop_index("ix_idea_words", table_name="idea", postgresql_using="gin")
    op.drop_index("ix_account_coach", table_name="account")
    op.execute(FOLD)
    op.execute(WORDS)
    for table, name, words in FOLDED:
        computed = sa.Computed(f"ideenweg_words({words})", persisted=True)
        op.add_column(table, sa.Column(name, sa.Text(collation="C"), computed))
    trigrams: dict[str, Any] = {
        "postgresql_using": "gin",
        "postgresql_ops": dict.fromkeys(("folded", "folded_name", "folded_email"), "gin_trgm_ops"),
    }
    op.create_index("ix_idea_folded", "idea", ["folded"], **trigrams)
    op.create_index("ix_note_folded", "note", ["folded"], postgresql_where=sa.text("folded IS NOT NULL"), **trigrams)
    op.create_index("ix_account_folded", "account", ["folded_name", "folded_email"], **trigrams)
    for role in ("coach", "lead"):
        where = sa.text(f"roles @> '{{{role}}}'")
        op.create_index(f"ix_account_{role}", "account", ["folded_name", "id"], postgresql_where=where)


def drop_folded() -> None:
    op.drop_index("ix_account_lead", table_name="account")
    op.drop_index("ix_account_coach", table_name="account")
    for table, name, _ in FOLDED:
        op.drop_column(table, name)
    op.execute("DROP FUNCTION ideenweg_words(text)")
    op.execute("DROP FUNCTION ideenweg_fold(text)")
    op.drop_index("ix_idea_district", table_name="idea")
    op.drop_column("standing", "duplicate_of")
    op.drop_column("idea", "reference")
    op.drop_table("reference_year")
    op.create_index("ix_account_coach", "account", ["name", "id"], postgresql_where=sa.text("roles @> '{coach}'"))
    title_and_summary: Any = sa.literal_column("(title || ' ' || summary) gin_trgm_ops")
    op.create_index("ix_idea_words", "idea", [title_and_summary], postgresql_using="gin")


def _index_coached(by: str) -> None:
    op.drop_index("ix_standing_coached", table_name="standing")
    there = sa.text("outcome IS NULL AND coach_id IS NOT NULL")
    op.create_index("ix_standing_coached", "standing", [sa.text(by)], postgresql_where=there)


def downgrade() -> None:
    _index_coached("coach_id")
    for table, _ in ADDRESSES:
        op.drop_constraint(f"ck_{table}_address", table)
    for table in (
        "kept_form",
        "import_run",
        "story",
        "owner_request",
        "person_change",
        "staff_invitation",
        "recovery_code",
        "passkey",
        "challenge",
        "authenticator",
        "set_up_link",
        "rate_count",
        "audit_entry",
    ):
        op.drop_table(table)
    op.execute("DROP FUNCTION audit_is_append_only()")
    op.drop_index("uq_account_oidc", table_name="account")
    drop_folded()
    op.drop_index("ix_letter_unproved", table_name="letter")
    op.drop_index(op.f("ix_draft_waits_since"), table_name="draft")
    for table, names in (
        ("letter", ("to_unproved", "network_hash")),
        ("draft_link", ("email",)),
        ("draft", ("written_by", "waits_since", "invited_at", "written_on", "source_ref", "source")),
        ("retention_run", ("places",)),
        ("erasure", ("places",)),
        ("note", ("redacted_by", "redacted_at")),
        ("idea", ("changes", "read_at", "written_on", "warned_at", "office_by_hand")),
        ("address_change", ("session_id",)),
        ("draft", ("alike",)),
        ("session", ("wrong_tries", "proved_at", "second")),
        ("coach_profile", ("successor_id", "departure_n", "absence_n", "introduced_at")),
        ("notice_settings", ("talk",)),
        ("account", ("shows_phone", "shows_mail", "reach", "phone")),
        ("account", ("oidc_subject", "oidc_issuer", "proofs_from", "blocked_at", "signed_in_at", "proved_at")),
        ("access_token", ("last_used_at", "expires_at", "scopes", "name")),
    ):
        for name in names:
            op.drop_column(table, name)
