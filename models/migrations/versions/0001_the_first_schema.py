"""the first schema"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

ID = sa.Uuid(as_uuid=False)
INSTANT = sa.DateTime(timezone=True)
TEXTS = ARRAY(sa.Text())
FOLDED = sa.Text(collation="C")
"""Computed from people's words, see `models.tables.folded`."""

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
"""The same as `models.text_folding.fold`, which says why: a test compares the two sign by sign. `lower` under the
collation C knows ASCII alone."""

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

STORY_FIELDS = (
    *("title", "teaser", "problem", "steps", "people", "money", "room", "permission", "partners"),
    *("went_wrong", "changed", "easy_language", "title_en", "teaser_en", "problem_en", "steps_en", "people_en"),
    *("money_en", "room_en", "permission_en", "partners_en", "went_wrong_en", "changed_en"),
)
STORY_WORDS = (
    "CASE WHEN kind = 'story' THEN "
    + " || ' ' || ".join(f"coalesce(words ->> '{name}', '')" for name in STORY_FIELDS)
    + " END"
)


APPEND_ONLY = (
    "CREATE FUNCTION audit_is_append_only() RETURNS trigger LANGUAGE plpgsql AS "
    "$$ BEGIN RAISE EXCEPTION 'the audit log is append-only'; END $$",
    "CREATE TRIGGER audit_is_append_only BEFORE UPDATE ON audit_entry "
    "FOR EACH ROW EXECUTE FUNCTION audit_is_append_only()",
)

FUNCTIONS = ("ideenweg_words(text)", "ideenweg_fold(text)", "audit_is_append_only()")
TABLES = (
    "draft_link",
    "timeline_entry",
    "task",
    "standing",
    "session_log",
    "opening",
    "gone_story",
    "published_story",
    "place",
    "picture",
    "person_change",
    "owner_request",
    "offer",
    "notice",
    "note",
    "invitation",
    "draft",
    "default_view",
    "campaign_package",
    "campaign_observation",
    "campaign_image",
    "contribution_report",
    "contribution",
    "campaign_address",
    "bulk_item",
    "attachment",
    "document",
    "address_change",
    "staff_invitation",
    "sign_in",
    "session",
    "saved_view",
    "recovery_code",
    "passkey",
    "notice_settings",
    "mailbox_message",
    "mail",
    "kept_form",
    "import_run",
    "idea",
    "feedback",
    "erasure_request",
    "drift",
    "coach_profile",
    "challenge",
    "calendar_address",
    "bulk_run",
    "authenticator",
    "access_token",
    "state_pace",
    "set_up_link",
    "rulebook",
    "retention_run",
    "reference_year",
    "rate_count",
    "erasure",
    "engine_trouble",
    "drift_run",
    "command_try",
    "audit_entry",
    "account",
)


def upgrade() -> None:
    op.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
    op.execute(FOLD)
    op.execute(WORDS)
    op.create_table(
        "account",
        sa.Column("id", ID, nullable=False),
        sa.Column("email", sa.String(254), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("phone", sa.String(40), nullable=False),
        sa.Column("reach", sa.String(200), nullable=False),
        sa.Column("held", sa.Boolean(), nullable=False),
        sa.Column("post", sa.String(300), nullable=False),
        sa.Column("shows_mail", sa.Boolean(), nullable=False),
        sa.Column("shows_phone", sa.Boolean(), nullable=False),
        sa.Column("language", sa.String(8), nullable=False),
        sa.Column("shortcuts", sa.Boolean(), nullable=False),
        sa.Column("first_steps_over_at", INSTANT),
        sa.Column("roles", TEXTS, nullable=False),
        sa.Column("office", sa.String(40)),
        sa.Column("demo", sa.Boolean(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("proved_at", INSTANT),
        sa.Column("signed_in_at", INSTANT),
        sa.Column("blocked_at", INSTANT),
        sa.Column("oidc_issuer", sa.String(300)),
        sa.Column("oidc_subject", sa.String(255)),
        sa.Column("proofs_from", INSTANT),
        sa.Column("erased_at", INSTANT),
        sa.Column("folded_name", FOLDED, sa.Computed("ideenweg_words(name)", persisted=True)),
        sa.Column("folded_email", FOLDED, sa.Computed("ideenweg_words(email)", persisted=True)),
        sa.CheckConstraint(f"email = '' OR email {IS_CANONICAL}", name="ck_account_address"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("email"),
    )
    op.create_index(
        "ix_account_coach",
        "account",
        ["folded_name", "id"],
        unique=False,
        postgresql_where=sa.text("roles @> '{coach}'"),
    )
    op.create_index(
        "ix_account_folded",
        "account",
        ["folded_name", "folded_email"],
        unique=False,
        postgresql_using="gin",
        postgresql_ops={"folded_name": "gin_trgm_ops", "folded_email": "gin_trgm_ops"},
    )
    op.create_index(
        "ix_account_lead", "account", ["folded_name", "id"], unique=False, postgresql_where=sa.text("roles @> '{lead}'")
    )
    op.create_index("uq_account_oidc", "account", ["oidc_issuer", "oidc_subject"], unique=True)
    op.create_table(
        "audit_entry",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("event", sa.String(40), nullable=False),
        sa.Column("outcome", sa.String(20), nullable=False),
        sa.Column("account_id", ID),
        sa.Column("session_id", ID),
        sa.Column("network_hash", sa.String(64)),
        sa.Column("subject_id", ID),
        sa.Column("facts", JSONB(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_audit_account", "audit_entry", ["account_id", "at"], unique=False)
    op.create_index("ix_audit_at", "audit_entry", ["at"], unique=False)
    op.create_table(
        "command_try",
        sa.Column("command_id", sa.String(80), nullable=False),
        sa.Column("workflow_id", sa.String(80), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("begun_at", INSTANT, nullable=False),
        sa.Column("reminded", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("command_id"),
    )
    op.create_table(
        "drift_run",
        sa.Column("id", ID, nullable=False),
        sa.Column("started_at", INSTANT, nullable=False),
        sa.Column("finished_at", INSTANT),
        sa.Column("partial", sa.Boolean(), nullable=False),
        sa.Column("fixing", sa.Boolean(), nullable=False),
        sa.Column("checked", sa.Integer(), nullable=False),
        sa.Column("found", JSONB(), nullable=False),
        sa.Column("repaired", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_drift_run_started_at", "drift_run", ["started_at"], unique=False)
    op.create_table(
        "engine_trouble",
        sa.Column("workflow_id", sa.String(120), nullable=False),
        sa.Column("activity", sa.String(60), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("cause", sa.String(80), nullable=False),
        sa.Column("since", INSTANT, nullable=False),
        sa.Column("last_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("workflow_id", "activity"),
    )
    op.create_index("ix_engine_trouble_last_at", "engine_trouble", ["last_at"], unique=False)
    op.create_table(
        "erasure",
        sa.Column("id", ID, nullable=False),
        sa.Column("account_id", ID, nullable=False),
        sa.Column("fingerprint", sa.String(64), nullable=False),
        sa.Column("erased_at", INSTANT, nullable=False),
        sa.Column("counts", JSONB(), nullable=False),
        sa.Column("places", JSONB(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_erasure_account_id", "erasure", ["account_id"], unique=False)
    op.create_index("ix_erasure_fingerprint", "erasure", ["fingerprint"], unique=False)
    op.create_table(
        "rate_count",
        sa.Column("key", sa.String(120), nullable=False),
        sa.Column("window", INSTANT, nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("key", "window"),
        prefixes=["UNLOGGED"],
    )
    op.create_table(
        "reference_year",
        sa.Column("year", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("year"),
    )
    op.create_table(
        "retention_run",
        sa.Column("id", ID, nullable=False),
        sa.Column("started_at", INSTANT, nullable=False),
        sa.Column("finished_at", INSTANT),
        sa.Column("dry_run", sa.Boolean(), nullable=False),
        sa.Column("counts", JSONB(), nullable=False),
        sa.Column("places", JSONB(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_retention_run_started_at", "retention_run", ["started_at"], unique=False)
    op.create_table(
        "set_up_link",
        sa.Column("id", ID, nullable=False),
        sa.Column("hash", sa.String(64), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("expires_at", INSTANT, nullable=False),
        sa.Column("used_at", INSTANT),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("hash"),
    )
    op.create_table(
        "state_pace",
        sa.Column("stage", sa.String(20), nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("passages", sa.Integer(), nullable=False),
        sa.Column("median", sa.Interval(), nullable=False),
        sa.Column("slow", sa.Interval(), nullable=False),
        sa.Column("measured_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("stage", "state"),
    )
    op.create_table(
        "rulebook",
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("seen_at", INSTANT, nullable=False),
        sa.Column("digest", sa.String(20), nullable=False),
        sa.Column("content", JSONB(), nullable=False),
        sa.PrimaryKeyConstraint("kind", "seen_at"),
    )
    op.create_table(
        "access_token",
        sa.Column("id", ID, nullable=False),
        sa.Column("account_id", ID, nullable=False),
        sa.Column("hash", sa.String(64), nullable=False),
        sa.Column("name", sa.String(80), nullable=False),
        sa.Column("scopes", TEXTS, nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("expires_at", INSTANT, nullable=False),
        sa.Column("last_used_at", INSTANT),
        sa.Column("revoked_at", INSTANT),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("hash"),
    )
    op.create_index("ix_access_token_account_id", "access_token", ["account_id"], unique=False)
    op.create_table(
        "authenticator",
        sa.Column("account_id", ID, nullable=False),
        sa.Column("secret", sa.String(400)),
        sa.Column("offered", sa.String(400)),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("confirmed_at", INSTANT),
        sa.Column("last_step", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("account_id"),
    )
    op.create_table(
        "bulk_run",
        sa.Column("id", ID, nullable=False),
        sa.Column("created_by", ID),
        sa.Column("action", sa.String(12), nullable=False),
        sa.Column("fields", JSONB(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("checked_at", INSTANT),
        sa.Column("started_at", INSTANT),
        sa.Column("finished_at", INSTANT),
        sa.ForeignKeyConstraint(
            ["created_by"],
            ["account.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_bulk_run_created", "bulk_run", ["created_at"], unique=False)
    op.create_table(
        "calendar_address",
        sa.Column("account_id", ID, nullable=False),
        sa.Column("hash", sa.String(64), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("account_id"),
        sa.UniqueConstraint("hash"),
    )
    op.create_table(
        "challenge",
        sa.Column("id", ID, nullable=False),
        sa.Column("account_id", ID),
        sa.Column("browser_hash", sa.String(64), nullable=False),
        sa.Column("challenge", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("expires_at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["account.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_challenge_browser_hash", "challenge", ["browser_hash"], unique=False)
    op.create_index("ix_challenge_expires_at", "challenge", ["expires_at"], unique=False)
    op.create_table(
        "coach_profile",
        sa.Column("account_id", ID, nullable=False),
        sa.Column("districts", TEXTS, nullable=False),
        sa.Column("themes", TEXTS, nullable=False),
        sa.Column("languages", TEXTS, nullable=False),
        sa.Column("capacity", sa.Integer(), nullable=False),
        sa.Column("about", sa.String(), nullable=False),
        sa.Column("absent_from", sa.Date()),
        sa.Column("absent_until", sa.Date()),
        sa.Column("cover_id", ID),
        sa.Column("left_on", sa.Date()),
        sa.Column("successor_id", ID),
        sa.Column("introduced_at", INSTANT),
        sa.Column("leaves", sa.Integer(), nullable=False),
        sa.Column("absence_n", sa.Integer()),
        sa.Column("departure_n", sa.Integer()),
        sa.CheckConstraint("capacity >= 0", name="ck_capacity"),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["cover_id"],
            ["account.id"],
        ),
        sa.ForeignKeyConstraint(
            ["successor_id"],
            ["account.id"],
        ),
        sa.PrimaryKeyConstraint("account_id"),
    )
    op.create_table(
        "drift",
        sa.Column("id", ID, nullable=False),
        sa.Column("run_id", ID, nullable=False),
        sa.Column("subject", sa.String(120), nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("shown_version", sa.Integer()),
        sa.Column("engine_version", sa.Integer()),
        sa.Column("repaired", sa.Boolean(), nullable=False),
        sa.Column("found_at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["drift_run.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("uq_drift", "drift", ["run_id", "subject", "kind"], unique=True)
    op.create_table(
        "erasure_request",
        sa.Column("id", ID, nullable=False),
        sa.Column("account_id", ID, nullable=False),
        sa.Column("requested_at", INSTANT, nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("withdrawn_at", INSTANT),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_erasure_request_account_id", "erasure_request", ["account_id"], unique=False)
    op.create_index(
        "uq_erasure_request",
        "erasure_request",
        ["account_id"],
        unique=True,
        postgresql_where=sa.text("withdrawn_at IS NULL"),
    )
    op.create_table(
        "feedback",
        sa.Column("id", ID, nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("body", sa.String(), nullable=False),
        sa.Column("email", sa.String(254), nullable=False),
        sa.Column("page", sa.String(200), nullable=False),
        sa.Column("language", sa.String(10), nullable=False),
        sa.Column("author_id", ID),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("taken_by", ID),
        sa.Column("answered_by", ID),
        sa.Column("answered_at", INSTANT),
        sa.CheckConstraint(f"email = '' OR email {IS_CANONICAL}", name="ck_feedback_address"),
        sa.ForeignKeyConstraint(
            ["answered_by"],
            ["account.id"],
        ),
        sa.ForeignKeyConstraint(
            ["author_id"],
            ["account.id"],
        ),
        sa.ForeignKeyConstraint(
            ["taken_by"],
            ["account.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_feedback_answered_at", "feedback", ["answered_at"], unique=False)
    op.create_index("ix_feedback_author_id", "feedback", ["author_id"], unique=False)
    op.create_index("ix_feedback_due_on", "feedback", ["due_on"], unique=False)
    op.create_index("ix_feedback_email", "feedback", ["email"], unique=False)
    op.create_table(
        "idea",
        sa.Column("id", ID, nullable=False),
        sa.Column("owner_id", ID, nullable=False),
        sa.Column("title", sa.String(200), nullable=False),
        sa.Column("summary", sa.String(), nullable=False),
        sa.Column("problem", sa.String(), nullable=False),
        sa.Column("solution", sa.String(), nullable=False),
        sa.Column("target_group", sa.String(), nullable=False),
        sa.Column("organisation", sa.String(200), nullable=False),
        sa.Column("district", sa.String(20)),
        sa.Column("themes", TEXTS, nullable=False),
        sa.Column("language", sa.String(8), nullable=False),
        sa.Column("office", sa.String(40), nullable=False),
        sa.Column("office_by_hand", sa.Boolean(), nullable=False),
        sa.Column("reference", sa.String(20)),
        sa.Column("source", sa.String(80)),
        sa.Column("source_ref", sa.String(200)),
        sa.Column("written_on", sa.Date()),
        sa.Column("after_id", ID),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("updated_at", INSTANT, nullable=False),
        sa.Column("read_at", INSTANT),
        sa.Column("changes", JSONB(), nullable=False),
        sa.Column("taken_in", JSONB()),
        sa.Column("erased_at", INSTANT),
        sa.Column("folded_title", FOLDED, sa.Computed("ideenweg_words(title)", persisted=True)),
        sa.Column(
            "folded",
            FOLDED,
            sa.Computed(
                "ideenweg_words(title || ' ' || summary || ' ' || problem || ' ' || solution || ' ' || target_group "
                "|| ' ' || organisation || ' ' || CASE WHEN source = 'api' THEN '' ELSE coalesce(source_ref, '') END "
                "|| ' ' || coalesce(reference, ''))",
                persisted=True,
            ),
        ),
        sa.ForeignKeyConstraint(
            ["owner_id"],
            ["account.id"],
        ),
        sa.ForeignKeyConstraint(["after_id"], ["idea.id"], ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("reference"),
        sa.UniqueConstraint("source", "source_ref", name="uq_idea_source"),
    )
    op.create_index(
        "ix_idea_after",
        "idea",
        ["after_id"],
        unique=False,
        postgresql_where=sa.text("after_id IS NOT NULL"),
    )
    op.create_index("ix_idea_district", "idea", ["district"], unique=False)
    op.create_index(
        "ix_idea_folded",
        "idea",
        ["folded"],
        unique=False,
        postgresql_using="gin",
        postgresql_ops={"folded": "gin_trgm_ops"},
    )
    op.create_index("ix_idea_owner_id", "idea", ["owner_id"], unique=False)
    op.create_table(
        "import_run",
        sa.Column("id", ID, nullable=False),
        sa.Column("created_by", ID),
        sa.Column("file_name", sa.String(200), nullable=False),
        sa.Column("source", sa.String(80), nullable=False),
        sa.Column("content", sa.LargeBinary()),
        sa.Column("choices", JSONB(), nullable=False),
        sa.Column("counts", JSONB(), nullable=False),
        sa.Column("report", sa.LargeBinary()),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("checked_at", INSTANT),
        sa.Column("started_at", INSTANT),
        sa.Column("alive_at", INSTANT),
        sa.Column("finished_at", INSTANT),
        sa.ForeignKeyConstraint(
            ["created_by"],
            ["account.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_import_run_created", "import_run", ["created_at"], unique=False)
    op.create_table(
        "kept_form",
        sa.Column("id", ID, nullable=False),
        sa.Column("hash", sa.String(64), nullable=False),
        sa.Column("account_id", ID),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("expires_at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_kept_form_account_id", "kept_form", ["account_id"], unique=False)
    op.create_index("ix_kept_form_expires_at", "kept_form", ["expires_at"], unique=False)
    op.create_table(
        "mail",
        sa.Column("id", ID, nullable=False),
        sa.Column("account_id", ID),
        sa.Column("recipient_id", ID),
        sa.Column("state", sa.String(12), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("cause", sa.String(60)),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("tried_since", INSTANT, nullable=False),
        sa.Column("changed_at", INSTANT, nullable=False),
        sa.Column("next_attempt_at", INSTANT),
        sa.Column("sent_at", INSTANT),
        sa.Column("channel", sa.String(8), nullable=False),
        sa.Column("passed_on_at", INSTANT),
        sa.Column("passed_on_by", ID),
        sa.Column("secret_kind", sa.String(20)),
        sa.Column("email", sa.String(254), nullable=False),
        sa.Column("address_hash", sa.String(64)),
        sa.Column("network_hash", sa.String(64)),
        sa.Column("to_unproved", sa.Boolean(), nullable=False),
        sa.Column("subject_id", ID),
        sa.Column("language", sa.String(8), nullable=False),
        sa.Column("expires_at", INSTANT),
        sa.CheckConstraint(
            "CASE WHEN secret_kind IS NULL THEN account_id IS NOT NULL AND recipient_id IS NOT NULL"
            " ELSE address_hash IS NOT NULL AND expires_at IS NOT NULL END",
            name="ck_mail_sort",
        ),
        sa.CheckConstraint(f"email = '' OR email {IS_CANONICAL}", name="ck_mail_address"),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["recipient_id"], ["account.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_mail_account_id", "mail", ["account_id"], unique=False)
    op.create_index("ix_mail_expires_at", "mail", ["expires_at"], unique=False)
    op.create_index(
        "ix_mail_inbox",
        "mail",
        ["account_id"],
        unique=False,
        postgresql_where=sa.text("state IN ('waiting', 'handing_over')"),
    )
    op.create_index("ix_mail_letter", "mail", ["sent_at"], unique=False, postgresql_where=sa.text("channel = 'letter'"))
    op.create_index(
        "ix_mail_to_pass_on",
        "mail",
        ["sent_at"],
        unique=False,
        postgresql_where=sa.text("channel = 'letter' AND passed_on_at IS NULL"),
    )
    op.create_index("ix_mail_recipient_id", "mail", ["recipient_id"], unique=False)
    op.create_index(
        "ix_mail_subject",
        "mail",
        ["subject_id"],
        unique=False,
        postgresql_where=sa.text("subject_id IS NOT NULL"),
    )
    op.create_index(
        "ix_mail_to",
        "mail",
        ["address_hash", "created_at"],
        unique=False,
        postgresql_where=sa.text("address_hash IS NOT NULL"),
    )
    op.create_index(
        "ix_mail_undelivered",
        "mail",
        ["changed_at"],
        unique=False,
        postgresql_where=sa.text("state IN ('failed', 'uncertain')"),
    )
    op.create_index("ix_mail_unproved", "mail", ["created_at"], unique=False, postgresql_where=sa.text("to_unproved"))
    op.create_table(
        "mailbox_message",
        sa.Column("id", ID, nullable=False),
        sa.Column("account_id", ID),
        sa.Column("recipient", sa.String(254), nullable=False),
        sa.Column("subject", sa.String(200), nullable=False),
        sa.Column("body", sa.String(), nullable=False),
        sa.Column("html", sa.String(), nullable=False),
        sa.Column("attachments", JSONB(), nullable=False),
        sa.Column("sent_at", INSTANT, nullable=False),
        sa.CheckConstraint(f"recipient = '' OR recipient {IS_CANONICAL}", name="ck_mailbox_message_address"),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_mailbox_message_account_id", "mailbox_message", ["account_id"], unique=False)
    op.create_index("ix_mailbox_message_sent_at", "mailbox_message", ["sent_at"], unique=False)
    op.create_table(
        "notice_settings",
        sa.Column("account_id", ID, nullable=False),
        sa.Column("turn", sa.String(8), nullable=False),
        sa.Column("news", sa.String(8), nullable=False),
        sa.Column("talk", sa.String(8), nullable=False),
        sa.Column("lead", sa.String(8), nullable=False),
        sa.Column("digest", sa.String(8), nullable=False),
        sa.Column("deputy_id", ID),
        sa.Column("deputy_from", sa.Date()),
        sa.Column("deputy_until", sa.Date()),
        sa.Column("updated_at", INSTANT, nullable=False),
        sa.CheckConstraint(
            "(deputy_id IS NULL) = (deputy_from IS NULL) AND (deputy_id IS NULL) = (deputy_until IS NULL)",
            name="ck_deputy_has_days",
        ),
        sa.CheckConstraint("deputy_id <> account_id", name="ck_deputy_is_somebody_else"),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["deputy_id"],
            ["account.id"],
        ),
        sa.PrimaryKeyConstraint("account_id"),
    )
    op.create_table(
        "passkey",
        sa.Column("id", ID, nullable=False),
        sa.Column("account_id", ID, nullable=False),
        sa.Column("credential_id", sa.LargeBinary(), nullable=False),
        sa.Column("public_key", sa.LargeBinary(), nullable=False),
        sa.Column("sign_count", sa.Integer(), nullable=False),
        sa.Column("transports", TEXTS, nullable=False),
        sa.Column("name", sa.String(80), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("last_used_at", INSTANT),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("credential_id"),
    )
    op.create_index("ix_passkey_account_id", "passkey", ["account_id"], unique=False)
    op.create_table(
        "recovery_code",
        sa.Column("id", ID, nullable=False),
        sa.Column("account_id", ID, nullable=False),
        sa.Column("hash", sa.String(64), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("used_at", INSTANT),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_recovery_code_account_id", "recovery_code", ["account_id"], unique=False)
    op.create_index("ix_recovery_code_hash", "recovery_code", ["hash"], unique=False)
    op.create_table(
        "saved_view",
        sa.Column("id", ID, nullable=False),
        sa.Column("owner_id", ID, nullable=False),
        sa.Column("name", sa.String(80), nullable=False),
        sa.Column("board", sa.Boolean(), nullable=False),
        sa.Column("filters", JSONB(), nullable=False),
        sa.Column("reach", sa.String(8), nullable=False),
        sa.Column("office", sa.String(40)),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("deleted_at", INSTANT),
        sa.Column("folded_name", FOLDED, sa.Computed("ideenweg_words(name)", persisted=True)),
        sa.ForeignKeyConstraint(["owner_id"], ["account.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_saved_view_owner_id", "saved_view", ["owner_id"], unique=False)
    op.create_table(
        "session",
        sa.Column("id", ID, nullable=False),
        sa.Column("hash", sa.String(64), nullable=False),
        sa.Column("account_id", ID, nullable=False),
        sa.Column("method", sa.String(8), nullable=False),
        sa.Column("second", sa.String(8)),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("proved_at", INSTANT, nullable=False),
        sa.Column("seen_at", INSTANT, nullable=False),
        sa.Column("wrong_tries", sa.Integer(), nullable=False),
        sa.Column("expires_at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("hash"),
    )
    op.create_index("ix_session_account_id", "session", ["account_id"], unique=False)
    op.create_index("ix_session_expires_at", "session", ["expires_at"], unique=False)
    op.create_table(
        "sign_in",
        sa.Column("id", ID, nullable=False),
        sa.Column("account_id", ID),
        sa.Column("by_mail", sa.Boolean(), nullable=False),
        sa.Column("browser_hash", sa.String(64), nullable=False),
        sa.Column("link_hash", sa.String(64)),
        sa.Column("code_hash", sa.String(64)),
        sa.Column("wrong_codes", sa.Integer(), nullable=False),
        sa.Column("next_path", sa.String(1000)),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("expires_at", INSTANT, nullable=False),
        sa.Column("used_at", INSTANT),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("link_hash"),
    )
    op.create_index("ix_sign_in_account_id", "sign_in", ["account_id"], unique=False)
    op.create_index("ix_sign_in_browser_hash", "sign_in", ["browser_hash"], unique=False)
    op.create_index("ix_sign_in_expires_at", "sign_in", ["expires_at"], unique=False)
    op.create_table(
        "staff_invitation",
        sa.Column("id", ID, nullable=False),
        sa.Column("email", sa.String(254), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("role", sa.String(20), nullable=False),
        sa.Column("office", sa.String(40)),
        sa.Column("greeting", sa.String(1000), nullable=False),
        sa.Column("inviter_id", ID),
        sa.Column("language", sa.String(8), nullable=False),
        sa.Column("hashes", TEXTS, nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("asked_at", INSTANT, nullable=False),
        sa.Column("expires_at", INSTANT, nullable=False),
        sa.Column("accepted_at", INSTANT),
        sa.Column("declined_at", INSTANT),
        sa.Column("withdrawn_at", INSTANT),
        sa.Column("folded_name", FOLDED, sa.Computed("ideenweg_words(name)", persisted=True)),
        sa.CheckConstraint(f"email = '' OR email {IS_CANONICAL}", name="ck_staff_invitation_address"),
        sa.ForeignKeyConstraint(
            ["inviter_id"],
            ["account.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_staff_invitation_email", "staff_invitation", ["email"], unique=False)
    op.create_index("ix_staff_invitation_expires_at", "staff_invitation", ["expires_at"], unique=False)
    op.create_index("ix_staff_invitation_hashes", "staff_invitation", ["hashes"], unique=False, postgresql_using="gin")
    op.create_index(
        "uq_staff_invitation",
        "staff_invitation",
        ["email"],
        unique=True,
        postgresql_where=sa.text("accepted_at IS NULL AND declined_at IS NULL AND withdrawn_at IS NULL"),
    )
    op.create_table(
        "address_change",
        sa.Column("id", ID, nullable=False),
        sa.Column("account_id", ID, nullable=False),
        sa.Column("session_id", ID),
        sa.Column("email", sa.String(254), nullable=False),
        sa.Column("hash", sa.String(64)),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("expires_at", INSTANT, nullable=False),
        sa.Column("used_at", INSTANT),
        sa.CheckConstraint(f"email = '' OR email {IS_CANONICAL}", name="ck_address_change_address"),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["session_id"], ["session.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("hash"),
    )
    op.create_index("ix_address_change_account_id", "address_change", ["account_id"], unique=False)
    op.create_index("ix_address_change_session_id", "address_change", ["session_id"], unique=False)
    op.create_table(
        "bulk_item",
        sa.Column("run_id", ID, nullable=False),
        sa.Column("case_id", ID, nullable=False),
        sa.Column("idea_id", ID, nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("coach_id", ID),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("expected_version", sa.Integer()),
        sa.Column("status", sa.String(8), nullable=False),
        sa.Column("event", sa.String(40)),
        sa.Column("code", sa.String(20)),
        sa.Column("field", sa.String(20)),
        sa.Column("version", sa.Integer()),
        sa.Column("at", INSTANT),
        sa.ForeignKeyConstraint(["idea_id"], ["idea.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["run_id"], ["bulk_run.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("run_id", "case_id"),
    )
    op.create_index("ix_bulk_item_idea_id", "bulk_item", ["idea_id"], unique=False)
    op.create_table(
        "contribution",
        sa.Column("id", ID, nullable=False),
        sa.Column("idea_id", ID, nullable=False),
        sa.Column("number", sa.Integer()),
        sa.Column("sort", sa.String(20), nullable=False),
        sa.Column("body", sa.String(), nullable=False),
        sa.Column("name", sa.String(60), nullable=False),
        sa.Column("email", sa.String(254), nullable=False),
        sa.Column("language", sa.String(10), nullable=False),
        sa.Column("may_contact", sa.Boolean(), nullable=False),
        sa.Column("hash", sa.String(64)),
        sa.Column("told", sa.String(20), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("expires_at", INSTANT),
        sa.Column("taken_away_at", INSTANT),
        sa.CheckConstraint(f"email = '' OR email {IS_CANONICAL}", name="ck_contribution_address"),
        sa.ForeignKeyConstraint(["idea_id"], ["idea.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("hash"),
        sa.UniqueConstraint("idea_id", "number", name="uq_contribution"),
    )
    op.create_index("ix_contribution_email", "contribution", ["email"], unique=False)
    op.create_table(
        "contribution_report",
        sa.Column("id", ID, nullable=False),
        sa.Column("contribution_id", ID, nullable=False),
        sa.Column("reason", sa.String(20), nullable=False),
        sa.Column("body", sa.String(), nullable=False),
        sa.Column("email", sa.String(254), nullable=False),
        sa.Column("language", sa.String(10), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("took_away", sa.Boolean()),
        sa.Column("said", sa.String(), nullable=False),
        sa.Column("decided_at", INSTANT),
        sa.Column("decided_by", ID),
        sa.CheckConstraint(f"email = '' OR email {IS_CANONICAL}", name="ck_contribution_report_address"),
        sa.ForeignKeyConstraint(["contribution_id"], ["contribution.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["decided_by"], ["account.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_contribution_report_contribution_id", "contribution_report", ["contribution_id"], unique=False)
    op.create_index("ix_contribution_report_decided_at", "contribution_report", ["decided_at"], unique=False)
    op.create_index("ix_contribution_report_email", "contribution_report", ["email"], unique=False)
    op.create_table(
        "campaign_address",
        sa.Column("id", ID, nullable=False),
        sa.Column("idea_id", ID, nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("platform", sa.String(40), nullable=False),
        sa.Column("campaign_key", sa.String(200), nullable=False),
        sa.Column("url", sa.String(400), nullable=False),
        sa.Column("created_by", ID),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("rejected_at", INSTANT),
        sa.ForeignKeyConstraint(
            ["created_by"],
            ["account.id"],
        ),
        sa.ForeignKeyConstraint(["idea_id"], ["idea.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_campaign_address_idea_id", "campaign_address", ["idea_id"], unique=False)
    op.create_index(
        "uq_campaign_address",
        "campaign_address",
        ["platform", "campaign_key"],
        unique=True,
        postgresql_where=sa.text("rejected_at IS NULL"),
    )
    op.create_table(
        "attachment",
        sa.Column("id", ID, nullable=False),
        sa.Column("idea_id", ID, nullable=False),
        sa.Column("of_kind", sa.String(12), nullable=False),
        sa.Column("of_id", ID, nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("media_type", sa.String(100), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("uploaded_by", ID),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(["idea_id"], ["idea.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["uploaded_by"], ["account.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_attachment_of", "attachment", ["of_kind", "of_id"], unique=False)
    op.create_index("ix_attachment_idea_id", "attachment", ["idea_id"], unique=False)
    op.create_table(
        "document",
        sa.Column("id", ID, nullable=False),
        sa.Column("idea_id", ID, nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("words", JSONB(), nullable=False),
        sa.Column("parts", JSONB(), nullable=False),
        sa.Column("written_by", JSONB(), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("author_id", ID),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("updated_at", INSTANT, nullable=False),
        sa.Column("handed_in_at", INSTANT),
        sa.ForeignKeyConstraint(["idea_id"], ["idea.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["author_id"], ["account.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.Column("folded", FOLDED, sa.Computed(f"ideenweg_words({STORY_WORDS})", persisted=True)),
        sa.UniqueConstraint("idea_id", "kind", "version", name="uq_document"),
    )
    op.create_index(
        "ix_document_folded",
        "document",
        ["folded"],
        unique=False,
        postgresql_using="gin",
        postgresql_ops={"folded": "gin_trgm_ops"},
        postgresql_where=sa.text("folded IS NOT NULL"),
    )
    op.create_table(
        "published_story",
        sa.Column("idea_id", ID, nullable=False),
        sa.Column("slug", sa.String(80), nullable=False),
        sa.Column("document_id", ID, nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("contact", sa.Boolean(), nullable=False),
        sa.Column("district", sa.String(20)),
        sa.Column("licence", sa.String(20)),
        sa.Column("themes", TEXTS, nullable=False),
        sa.Column("effort", sa.String(20)),
        sa.Column("published_at", INSTANT),
        sa.Column("revised_at", INSTANT),
        sa.Column("taken_down_at", INSTANT),
        sa.Column("taken_down_by", sa.String(20)),
        sa.Column("reason", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["idea_id"], ["idea.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["document_id"], ["document.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("idea_id"),
        sa.UniqueConstraint("slug"),
    )
    op.create_index("ix_published_story_document_id", "published_story", ["document_id"], unique=False)
    op.create_index("ix_published_story_published_at", "published_story", ["published_at"], unique=False)
    op.create_table(
        "opening",
        sa.Column("id", ID, nullable=False),
        sa.Column("idea_id", ID, nullable=False),
        sa.Column("title", sa.String(120), nullable=False),
        sa.Column("teaser", sa.String(), nullable=False),
        sa.Column("seeks", sa.String(), nullable=False),
        sa.Column("district", sa.String(20)),
        sa.Column("opened_by", ID),
        sa.Column("opened_at", INSTANT, nullable=False),
        sa.Column("taken_down_at", INSTANT),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column(
            "folded", FOLDED, sa.Computed("ideenweg_words(title || ' ' || teaser || ' ' || seeks)", persisted=True)
        ),
        sa.ForeignKeyConstraint(["idea_id"], ["idea.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["opened_by"], ["account.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("idea_id", name="uq_opening"),
    )
    op.create_table(
        "gone_story",
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("gone_at", INSTANT),
        sa.PrimaryKeyConstraint("digest"),
    )
    op.create_table(
        "picture",
        sa.Column("id", ID, nullable=False),
        sa.Column("idea_id", ID, nullable=False),
        sa.Column("media_type", sa.String(40), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("small", sa.LargeBinary(), nullable=False),
        sa.Column("large", sa.LargeBinary(), nullable=False),
        sa.Column("uploaded_by", ID),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(["idea_id"], ["idea.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["uploaded_by"], ["account.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_picture_idea_id", "picture", ["idea_id"], unique=False)
    op.create_table(
        "campaign_image",
        sa.Column("id", ID, nullable=False),
        sa.Column("idea_id", ID, nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("media_type", sa.String(40), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(["idea_id"], ["idea.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_campaign_image", "campaign_image", ["idea_id", "attempt"], unique=False)
    op.create_table(
        "campaign_observation",
        sa.Column("id", ID, nullable=False),
        sa.Column("idea_id", ID, nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("observed_at", INSTANT, nullable=False),
        sa.Column("status", sa.String(20), nullable=False),
        sa.Column("provenance", sa.String(20), nullable=False),
        sa.Column("raw_status", sa.String(40), nullable=False),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("funded_cents", sa.Integer()),
        sa.Column("threshold_cents", sa.Integer()),
        sa.Column("ends_on", sa.Date()),
        sa.Column("account_id", ID),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["account.id"],
        ),
        sa.ForeignKeyConstraint(["idea_id"], ["idea.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(
        "ix_campaign_observation", "campaign_observation", ["idea_id", "attempt", "observed_at"], unique=False
    )
    op.create_table(
        "campaign_package",
        sa.Column("idea_id", ID, nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("content", JSONB(), nullable=False),
        sa.Column("updated_at", INSTANT, nullable=False),
        sa.Column("updated_by", ID),
        sa.ForeignKeyConstraint(["idea_id"], ["idea.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["updated_by"],
            ["account.id"],
        ),
        sa.PrimaryKeyConstraint("idea_id", "attempt"),
    )
    op.create_table(
        "default_view",
        sa.Column("account_id", ID, nullable=False),
        sa.Column("view_id", ID, nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["view_id"], ["saved_view.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("account_id"),
    )
    op.create_index("ix_default_view_view_id", "default_view", ["view_id"], unique=False)
    op.create_table(
        "draft",
        sa.Column("id", ID, nullable=False),
        sa.Column("account_id", ID),
        sa.Column("browsers", TEXTS, nullable=False),
        sa.Column("words", JSONB(), nullable=False),
        sa.Column("written_by", JSONB(), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("email", sa.String(254)),
        sa.Column("language", sa.String(8), nullable=False),
        sa.Column("source", sa.String(80)),
        sa.Column("source_ref", sa.String(200)),
        sa.Column("written_on", sa.Date()),
        sa.Column("invited_at", INSTANT),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("updated_at", INSTANT, nullable=False),
        sa.Column("expires_at", INSTANT, nullable=False),
        sa.Column("warned_at", INSTANT),
        sa.Column("alike", JSONB()),
        sa.Column("waits_since", INSTANT),
        sa.Column("after_id", ID),
        sa.Column("taken_in", JSONB()),
        sa.Column("idea_id", ID),
        sa.Column("sent_at", INSTANT),
        sa.CheckConstraint(f"email = '' OR email {IS_CANONICAL}", name="ck_draft_address"),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["after_id"], ["idea.id"], ondelete="SET NULL"),
        sa.ForeignKeyConstraint(["idea_id"], ["idea.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("source", "source_ref", name="uq_draft_source"),
    )
    op.create_index("ix_draft_account_id", "draft", ["account_id"], unique=False)
    op.create_index("ix_draft_email", "draft", ["email"], unique=False)
    op.create_index("ix_draft_expires_at", "draft", ["expires_at"], unique=False)
    op.create_index("ix_draft_idea_id", "draft", ["idea_id"], unique=False)
    op.create_index("ix_draft_waits_since", "draft", ["waits_since"], unique=False)
    op.create_table(
        "invitation",
        sa.Column("id", ID, nullable=False),
        sa.Column("idea_id", ID, nullable=False),
        sa.Column("email", sa.String(254), nullable=False),
        sa.Column("share", sa.String(20), nullable=False),
        sa.Column("inviter_id", ID),
        sa.Column("hashes", TEXTS, nullable=False),
        sa.Column("language", sa.String(8), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("asked_at", INSTANT, nullable=False),
        sa.Column("expires_at", INSTANT, nullable=False),
        sa.Column("reminded_at", INSTANT),
        sa.Column("accepted_at", INSTANT),
        sa.Column("declined_at", INSTANT),
        sa.Column("withdrawn_at", INSTANT),
        sa.CheckConstraint(f"email = '' OR email {IS_CANONICAL}", name="ck_invitation_address"),
        sa.ForeignKeyConstraint(["idea_id"], ["idea.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["inviter_id"],
            ["account.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_invitation_email", "invitation", ["email"], unique=False)
    op.create_index("ix_invitation_expires_at", "invitation", ["expires_at"], unique=False)
    op.create_index("ix_invitation_hashes", "invitation", ["hashes"], unique=False, postgresql_using="gin")
    op.create_index(
        "uq_invitation",
        "invitation",
        ["idea_id", "email"],
        unique=True,
        postgresql_where=sa.text("accepted_at IS NULL AND declined_at IS NULL AND withdrawn_at IS NULL"),
    )
    op.create_table(
        "note",
        sa.Column("id", ID, nullable=False),
        sa.Column("idea_id", ID, nullable=False),
        sa.Column("author_id", ID),
        sa.Column("event", sa.String(40), nullable=False),
        sa.Column("internal", sa.Boolean(), nullable=False),
        sa.Column("body", sa.String(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("redacted_at", INSTANT),
        sa.Column("redacted_by", ID),
        sa.Column(
            "folded",
            FOLDED,
            sa.Computed(
                "ideenweg_words(CASE WHEN event = 'clarify' AND NOT internal THEN body END)",
                persisted=True,
            ),
        ),
        sa.ForeignKeyConstraint(
            ["author_id"],
            ["account.id"],
        ),
        sa.ForeignKeyConstraint(["idea_id"], ["idea.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(
        "ix_note_folded",
        "note",
        ["folded"],
        unique=False,
        postgresql_using="gin",
        postgresql_ops={"folded": "gin_trgm_ops"},
        postgresql_where=sa.text("folded IS NOT NULL"),
    )
    op.create_index("ix_note_idea_id", "note", ["idea_id"], unique=False)
    op.create_table(
        "notice",
        sa.Column("id", ID, nullable=False),
        sa.Column("idea_id", ID),
        sa.Column("key", sa.String(80), nullable=False),
        sa.Column("account_id", ID, nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("version", sa.Integer()),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("not_before", INSTANT),
        sa.Column("handed_over_at", INSTANT),
        sa.Column("settled_at", INSTANT),
        sa.Column("read_at", INSTANT),
        sa.Column("mail_id", ID),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["idea_id"], ["idea.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["mail_id"], ["mail.id"], ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("idea_id", "key", "account_id", name="uq_notice", postgresql_nulls_not_distinct=True),
    )
    op.create_index("ix_notice_account_id", "notice", ["account_id"], unique=False)
    op.create_index("ix_notice_mail_id", "notice", ["mail_id"], unique=False)
    op.create_index(
        "ix_notice_new", "notice", ["idea_id"], unique=False, postgresql_where=sa.text("handed_over_at IS NULL")
    )
    op.create_index(
        "ix_notice_unread", "notice", ["account_id"], unique=False, postgresql_where=sa.text("read_at IS NULL")
    )
    op.create_index(
        "ix_notice_waiting", "notice", ["account_id"], unique=False, postgresql_where=sa.text("settled_at IS NULL")
    )
    op.create_table(
        "offer",
        sa.Column("id", ID, nullable=False),
        sa.Column("idea_id", ID, nullable=False),
        sa.Column("search", sa.Integer(), nullable=False),
        sa.Column("rank", sa.Integer(), nullable=False),
        sa.Column("coach_id", ID, nullable=False),
        sa.Column("status", sa.String(12), nullable=False),
        sa.Column("reasons", TEXTS, nullable=False),
        sa.Column("expires_on", sa.Date(), nullable=False),
        sa.Column("offered_at", INSTANT, nullable=False),
        sa.Column("answered_at", INSTANT),
        sa.Column("decline_reason", sa.String(20)),
        sa.Column("note_id", ID),
        sa.ForeignKeyConstraint(["coach_id"], ["account.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["idea_id"], ["idea.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("idea_id", "search", "rank", name="uq_offer_rank"),
    )
    op.create_index("ix_offer_coach", "offer", ["coach_id", "status"], unique=False)
    op.create_index("ix_offer_idea_id", "offer", ["idea_id"], unique=False)
    op.create_index("uq_offer_open", "offer", ["idea_id"], unique=True, postgresql_where=sa.text("status = 'open'"))
    op.create_table(
        "owner_request",
        sa.Column("id", ID, nullable=False),
        sa.Column("idea_id", ID, nullable=False),
        sa.Column("account_id", ID, nullable=False),
        sa.Column("asked_by", ID),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("expires_at", INSTANT, nullable=False),
        sa.Column("accepted_at", INSTANT),
        sa.Column("declined_at", INSTANT),
        sa.Column("withdrawn_at", INSTANT),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["asked_by"],
            ["account.id"],
        ),
        sa.ForeignKeyConstraint(["idea_id"], ["idea.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_owner_request_account_id", "owner_request", ["account_id"], unique=False)
    op.create_index("ix_owner_request_idea_id", "owner_request", ["idea_id"], unique=False)
    op.create_index(
        "uq_owner_request",
        "owner_request",
        ["idea_id"],
        unique=True,
        postgresql_where=sa.text("accepted_at IS NULL AND declined_at IS NULL AND withdrawn_at IS NULL"),
    )
    op.create_table(
        "person_change",
        sa.Column("id", ID, nullable=False),
        sa.Column("account_id", ID),
        sa.Column("invitation_id", ID),
        sa.Column("by_id", ID),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("facts", JSONB(), nullable=False),
        sa.Column("status", sa.String(10), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("proposed_until", INSTANT),
        sa.Column("decided_by_id", ID),
        sa.Column("decided_at", INSTANT),
        sa.CheckConstraint("account_id IS NOT NULL OR invitation_id IS NOT NULL", name="ck_person_change_about"),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["invitation_id"], ["staff_invitation.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_person_change", "person_change", ["account_id", "at"], unique=False)
    op.create_index("ix_person_change_invitation", "person_change", ["invitation_id"], unique=False)
    op.create_index(
        "ix_person_change_open",
        "person_change",
        ["proposed_until"],
        unique=False,
        postgresql_where=sa.text("status = 'proposed'"),
    )
    op.create_table(
        "place",
        sa.Column("idea_id", ID, nullable=False),
        sa.Column("coach_id", ID, nullable=False),
        sa.Column("reserved_until", INSTANT),
        sa.ForeignKeyConstraint(["coach_id"], ["account.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["idea_id"], ["idea.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("idea_id", "coach_id"),
    )
    op.create_index("ix_place_coach_id", "place", ["coach_id"], unique=False)
    op.create_table(
        "session_log",
        sa.Column("id", ID, nullable=False),
        sa.Column("idea_id", ID, nullable=False),
        sa.Column("coach_id", ID, nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(12), nullable=False),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("removed_at", INSTANT),
        sa.CheckConstraint("minutes BETWEEN 1 AND 1440", name="ck_session_minutes"),
        sa.ForeignKeyConstraint(["coach_id"], ["account.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["idea_id"], ["idea.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_session_log_coach", "session_log", ["coach_id", "day"], unique=False)
    op.create_index("ix_session_log_idea_id", "session_log", ["idea_id"], unique=False)
    op.create_table(
        "standing",
        sa.Column("case_id", ID, nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("idea_id", ID, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("stage", sa.String(20), nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("outcome", sa.String(20)),
        sa.Column("duplicate_of", ID),
        sa.Column("owner_id", ID, nullable=False),
        sa.Column("office", sa.String(40), nullable=False),
        sa.Column("coach_id", ID),
        sa.Column("cover_id", ID),
        sa.Column("team", JSONB(), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("partner", sa.String(40)),
        sa.Column("holder_role", sa.String(20)),
        sa.Column("holder_id", ID),
        sa.Column("holder_since", INSTANT),
        sa.Column("holder_until", sa.Date()),
        sa.Column("holder_why", sa.String(20)),
        sa.Column("entered_at", INSTANT, nullable=False),
        sa.Column("paused_until", sa.Date()),
        sa.Column("chased_until", sa.Date()),
        sa.Column("asked_until", sa.Date()),
        sa.Column("search", sa.Integer()),
        sa.Column("submitted_at", INSTANT),
        sa.Column("ended_at", INSTANT),
        sa.Column("last_entry_at", INSTANT, nullable=False),
        sa.Column("rulebook_digest", sa.String(20), nullable=False),
        sa.Column("snapshot", JSONB()),
        sa.ForeignKeyConstraint(["idea_id"], ["idea.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("case_id"),
    )
    op.create_index(
        "ix_standing_asked",
        "standing",
        ["asked_until", "case_id"],
        unique=False,
        postgresql_where=sa.text("asked_until IS NOT NULL"),
    )
    op.create_index(
        "ix_standing_chased",
        "standing",
        ["chased_until"],
        unique=False,
        postgresql_where=sa.text("outcome IS NULL AND chased_until IS NOT NULL"),
    )
    op.create_index("ix_standing_coach_id", "standing", ["coach_id"], unique=False)
    op.create_index(
        "ix_standing_coached",
        "standing",
        [sa.literal_column("coalesce(cover_id, coach_id)")],
        unique=False,
        postgresql_where=sa.text("outcome IS NULL AND coach_id IS NOT NULL"),
    )
    op.create_index(
        "ix_standing_cover", "standing", ["cover_id"], unique=False, postgresql_where=sa.text("cover_id IS NOT NULL")
    )
    op.create_index("ix_standing_due", "standing", ["holder_until", "case_id"], unique=False)
    op.create_index(
        "ix_standing_entered",
        "standing",
        ["entered_at", "case_id"],
        unique=False,
        postgresql_where=sa.text("outcome IS NULL"),
    )
    op.create_index("ix_standing_holder", "standing", ["holder_id", "holder_until"], unique=False)
    op.create_index("ix_standing_last", "standing", ["last_entry_at", "case_id"], unique=False)
    op.create_index("ix_standing_office", "standing", ["office"], unique=False)
    op.create_index(
        "ix_standing_ours",
        "standing",
        ["holder_since", "case_id"],
        unique=False,
        postgresql_where=sa.text("outcome IS NULL AND holder_role = 'lead'"),
    )
    op.create_index("ix_standing_owner_id", "standing", ["owner_id"], unique=False)
    op.create_index(
        "ix_standing_pace",
        "standing",
        ["stage", "state", "entered_at", "case_id"],
        unique=False,
        postgresql_where=sa.text("outcome IS NULL"),
    )
    op.create_index(
        "ix_standing_silent",
        "standing",
        ["last_entry_at", "case_id"],
        unique=False,
        postgresql_where=sa.text("outcome IS NULL"),
    )
    op.create_index("ix_standing_stage", "standing", ["stage", "state", "case_id"], unique=False)
    op.create_index(
        "ix_standing_submitted",
        "standing",
        [sa.literal_column("submitted_at DESC NULLS LAST"), sa.literal_column("case_id DESC")],
        unique=False,
    )
    op.create_index(
        "ix_standing_team",
        "standing",
        ["team"],
        unique=False,
        postgresql_using="gin",
        postgresql_where=sa.text("team <> '{}'::jsonb"),
    )
    op.create_index(
        "ix_standing_twin",
        "standing",
        ["duplicate_of"],
        unique=False,
        postgresql_where=sa.text("duplicate_of IS NOT NULL"),
    )
    op.create_index(
        "ix_standing_uncoached",
        "standing",
        ["holder_since", "case_id"],
        unique=False,
        postgresql_where=sa.text("outcome IS NULL AND coach_id IS NULL AND search IS NULL"),
    )
    op.create_index("uq_standing_case", "standing", ["idea_id", "kind", "number"], unique=True)
    op.create_table(
        "task",
        sa.Column("id", ID, nullable=False),
        sa.Column("idea_id", ID, nullable=False),
        sa.Column("title", sa.String(300), nullable=False),
        sa.Column("asks", sa.Boolean(), nullable=False),
        sa.Column("internal", sa.Boolean(), nullable=False),
        sa.Column("assignee", sa.String(20)),
        sa.Column("due", sa.Date()),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("done_at", INSTANT),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(["idea_id"], ["idea.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_task_idea_id", "task", ["idea_id"], unique=False)
    op.create_table(
        "timeline_entry",
        sa.Column("case_id", ID, nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("idea_id", ID, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("event", sa.String(40), nullable=False),
        sa.Column("command_id", sa.String(80), nullable=False),
        sa.Column("fingerprint", sa.String(64), nullable=False),
        sa.Column("actor_role", sa.String(20), nullable=False),
        sa.Column("actor_id", ID),
        sa.Column("from_stage", sa.String(20), nullable=False),
        sa.Column("from_state", sa.String(20), nullable=False),
        sa.Column("stage", sa.String(20), nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("holder_role", sa.String(20)),
        sa.Column("holder_id", ID),
        sa.Column("holder_until", sa.Date()),
        sa.Column("note_id", ID),
        sa.Column("facts", JSONB(), nullable=False),
        sa.Column("snapshot", JSONB()),
        sa.ForeignKeyConstraint(["idea_id"], ["idea.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("case_id", "version"),
        sa.UniqueConstraint("case_id", "command_id", name="uq_timeline_command"),
    )
    op.create_index("ix_timeline_entry_idea_id", "timeline_entry", ["idea_id"], unique=False)
    op.create_index("ix_timeline_at", "timeline_entry", ["at"], unique=False, postgresql_using="brin")
    op.create_table(
        "draft_link",
        sa.Column("id", ID, nullable=False),
        sa.Column("draft_id", ID, nullable=False),
        sa.Column("email", sa.String(254), nullable=False),
        sa.Column("hash", sa.String(64)),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("expires_at", INSTANT, nullable=False),
        sa.Column("used_at", INSTANT),
        sa.CheckConstraint(f"email = '' OR email {IS_CANONICAL}", name="ck_draft_link_address"),
        sa.ForeignKeyConstraint(["draft_id"], ["draft.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("hash"),
    )
    op.create_index("ix_draft_link_draft_id", "draft_link", ["draft_id"], unique=False)

    for statement in APPEND_ONLY:
        op.execute(statement)


def downgrade() -> None:
    for table in TABLES:
        op.drop_table(table)
    for function in FUNCTIONS:
        op.execute(f"DROP FUNCTION {function}")
