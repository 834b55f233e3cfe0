"""Many ideas at once, written by SQL as if they had walked: where they stand, their timelines, notes and tasks.

The spread is that of a region that has been at it for some years: two thirds have ended, most of the open ones are in
their time, some are late, silent, paused or chased, and every twentieth coach is away. Coaches have about a dozen open
ideas each however many there are in all.
"""

from datetime import date
from functools import partial

import psycopg

from api.runtime.services import Services
from bench.figures import Ground
from bench.installation import Installation
from models.policy import Policy

ENTRIES = 10
"""Timeline entries an idea."""

IDEAS_A_COACH = 40
"""Of which about a dozen are open and in a coached state."""

STORIES_TOLD = 1000
"""Of the completed; fewer where there are not so many."""

OPEN_STATES = (
    ("identify", "screening", "lead"),
    ("identify", "clarification", "owner"),
    ("identify", "unmatched", "lead"),
    ("develop", "planning", "coach"),
    ("develop", "working", "owner"),
    ("develop", "working", "owner"),
    ("develop", "reviewing", "coach"),
    ("support", "assessing", "coach"),
    ("support", "arranging", "lead"),
    ("support", "using", "owner"),
    ("accompany", "piloting", "owner"),
    ("accompany", "piloting", "owner"),
    ("accompany", "helping", "coach"),
    ("accompany", "concluding", "coach"),
    ("make_visible", "drafting", "owner"),
    ("make_visible", "editing", "lead"),
    ("make_visible", "consenting", "owner"),
)
ENDS = (
    ("make_visible", "published", "completed"),
    ("make_visible", "published", "completed"),
    ("identify", "declined", "declined"),
    ("identify", "referred", "referred"),
    ("develop", "working", "withdrawn"),
    ("support", "using", "closed"),
)
SHARE_OPEN = 0.35

PEOPLE = """
    INSERT INTO account (id, email, name, phone, held, post, reach, shows_mail, shows_phone, language,
                         shortcuts, roles, office, demo, created_at)
    SELECT md5(kind || n)::uuid, kind || n || '@example.org', initcap(kind) || ' ' || n, '', false, '', '',
           true, true, 'de', true, ARRAY[kind],
           CASE kind WHEN 'innovator' THEN NULL ELSE (%(offices)s::text[])[1 + n %% 3] END, false, now()
    FROM (VALUES ('lead', 6), ('coach', %(coaches)s), ('innovator', %(owners)s)) AS kinds (kind, many),
         generate_series(0, many - 1) AS n
"""
PROFILES = """
    INSERT INTO coach_profile (account_id, about, districts, themes, languages, capacity, absent_from, absent_until,
                               leaves)
    SELECT md5('coach' || n)::uuid, '', ARRAY['DED21'], ARRAY['care'], ARRAY['de'], 20,
           CASE WHEN n %% 20 = 7 THEN %(today)s::date - n %% 9 END,
           CASE WHEN n %% 20 = 7 THEN %(today)s::date + n %% 9 END, 0
    FROM generate_series(0, %(coaches)s - 1) AS n
"""
WALKED = """
    CREATE TEMPORARY TABLE walked AS
    SELECT md5('idea' || n)::uuid AS id, md5('innovator' || n / 2)::uuid AS owner_id, office, r < %(open)s AS open,
           CASE WHEN r < %(open)s THEN open_states[1 + n %% cardinality(open_states)]
                ELSE ends[1 + n %% cardinality(ends)] END AS place,
           md5('coach' || (n * 7919 %% %(ideas)s) / %(each)s)::uuid AS any_coach,
           %(today)s::date + CASE WHEN late < 0.08 THEN -(late * 500)::int ELSE (late * 60)::int END AS due,
           now() - make_interval(hours => (age * age * age * 60 * 24)::int) AS last_at,
           CASE WHEN rare < 0.04 THEN %(today)s::date + 20 END AS paused_until,
           CASE WHEN rare > 0.98 THEN %(today)s::date + 3 END AS chased_until, n
    FROM (SELECT n, (%(offices)s::text[])[1 + n %% 3] AS office, random() AS r, random() AS late, random() AS age,
                 random() AS rare FROM generate_series(0, %(ideas)s - 1) AS n) AS dice,
         (SELECT %(states)s::text[] AS open_states, %(ends)s::text[] AS ends) AS places
"""
IDEAS = """
    INSERT INTO idea (id, reference, owner_id, title, organisation, summary, problem, solution, target_group, district,
                      themes, language, office, office_by_hand, changes, created_at, updated_at)
    SELECT id, 'IW-2026-' || lpad(n::text, greatest(4, length(n::text)), '0'), owner_id,
           'Reparaturcafé Nummer ' || n, '', repeat('Nachbarn reparieren gemeinsam, was kaputt ist. ', 4),
           repeat('Vieles wird weggeworfen. ', 8), repeat('Wir helfen mit Werkzeug und Wissen. ', 8), 'Alle im Ort',
           'DED21', ARRAY['care'], 'de', office, false, '[]', last_at - interval '200 days',
           last_at - interval '200 days'
    FROM walked
"""
STANDINGS = """
    WITH told AS (
        SELECT *, split_part(place, '/', 1) AS stage, split_part(place, '/', 2) AS state,
               CASE WHEN open THEN split_part(place, '/', 3) END AS turn,
               CASE WHEN open THEN NULL ELSE split_part(place, '/', 3) END AS outcome,
               CASE WHEN place NOT LIKE 'identify/%%' THEN any_coach END AS coach_id FROM walked
    ), held AS (
        SELECT *, CASE turn WHEN 'owner' THEN 'innovator' ELSE turn END AS holder_role,
               CASE turn WHEN 'owner' THEN owner_id WHEN 'coach' THEN coach_id END AS holder_id,
               CASE WHEN open AND n %% 100 = 3 THEN md5('coach0')::uuid END AS cover_id FROM told
    )
    INSERT INTO standing (case_id, kind, number, idea_id, version, stage, state, outcome, owner_id, office, coach_id,
                          cover_id, holder_role, holder_id, holder_since, holder_until, holder_why, entered_at,
                          paused_until, chased_until, submitted_at, ended_at, last_entry_at, rulebook_digest, snapshot)
    SELECT id, 'idea', 0, id, %(entries)s, stage, state, outcome, owner_id, office, coach_id,
           cover_id, holder_role, holder_id,
           CASE WHEN open THEN last_at END, CASE WHEN open THEN due END, CASE WHEN open THEN 'state' END, last_at,
           CASE WHEN open THEN paused_until END, CASE WHEN open THEN chased_until END, last_at - interval '200 days',
           CASE WHEN open THEN NULL ELSE last_at END, last_at, %(digest)s,
           jsonb_build_object(
               'idea_id', id, 'owner_id', owner_id, 'office', office, 'version', %(entries)s, 'stage', stage,
               'state', state, 'outcome', outcome, 'submitted_at', last_at - interval '200 days', 'entered_at', last_at,
               'coach_id', coach_id, 'rulebook_digest', %(digest)s::text,
               'chased_until', CASE WHEN open THEN chased_until END,
               'pause', CASE WHEN open AND paused_until IS NOT NULL
                             THEN jsonb_build_object('since', last_at::date, 'until', paused_until) END,
               'holder', CASE WHEN open THEN jsonb_build_object(
                   'role', holder_role, 'account_id', holder_id, 'since', last_at, 'until', due, 'why', 'state') END,
               'clock', CASE WHEN open THEN jsonb_build_object(
                   'unit', 'd', 'due', due, 'remind', '["7d", "2d"]'::jsonb, 'escalate', '["5wd"]'::jsonb) END)
    FROM held
"""
ENTRY = """
    INSERT INTO timeline_entry (case_id, kind, number, idea_id, version, at, event, command_id, fingerprint,
                                actor_role, actor_id, from_stage, from_state, stage, state, holder_role, holder_id,
                                holder_until, note_id, facts, snapshot)
    SELECT case_id, kind, number, idea_id, v, last_entry_at - make_interval(days => 20 * (%(entries)s - v)),
           'confirm_use', idea_id || '/' || v, 'a1b2c3d4e5f60718', 'innovator', owner_id,
           'support', 'using', 'support', 'assessing',
           'coach', coach_id, holder_until, CASE WHEN v IN (2, 3) THEN md5(idea_id || '/' || v)::uuid END, '{}',
           snapshot
    FROM standing, generate_series(1, %(entries)s) AS v
"""
NOTES = """
    INSERT INTO note (id, idea_id, author_id, event, internal, body, created_at)
    SELECT md5(idea_id || '/' || v)::uuid, idea_id, owner_id, 'clarify', v = 3,
           repeat('Zwei Meister im Ruhestand haben zugesagt. ', 5), last_entry_at
    FROM standing, generate_series(2, 3) AS v
"""
TASKS = """
    INSERT INTO task (id, idea_id, title, asks, internal, assignee, due, number, created_at)
    SELECT md5('task' || idea_id)::uuid, idea_id, 'Mit dem Vermieter reden', false, false, 'innovator', holder_until, 0,
           last_entry_at
    FROM standing WHERE stage = 'develop'
"""
STORIES = """
    INSERT INTO document (id, idea_id, kind, version, words, parts, written_by, digest, created_at, updated_at,
                          handed_in_at)
    SELECT md5('story' || n)::uuid, id, 'story', 1,
           jsonb_build_object('title', 'Geschichte ' || n, 'teaser', 'Nachbarn reparieren, was kaputt ist.',
                              'problem', repeat('Vieles wird weggeworfen. ', 20),
                              'steps', repeat(E'Einen Raum mit Werkzeug finden\\n', 6),
                              'people', 'Zwei je Haus', 'money', '40 Euro im Monat',
                              'went_wrong', repeat('Die Plakate hingen falsch. ', 10)),
           jsonb_build_object('effort', 'evenings'), '{}', '', last_at, last_at, last_at
    FROM (SELECT *, row_number() OVER (ORDER BY n) AS told FROM walked
          WHERE place = 'make_visible/published/completed') AS ended
    WHERE told <= %(stories)s
"""
PUBLISHED = """
    INSERT INTO published_story (idea_id, slug, document_id, digest, name, contact, district, themes, effort,
                                 published_at, reason)
    SELECT idea_id, 'geschichte-' || row_number() OVER (ORDER BY id), id, '', '', false,
           (%(districts)s::text[])[1 + ascii(id::text) %% cardinality(%(districts)s::text[])],
           ARRAY[(%(themes)s::text[])[1 + ascii(reverse(id::text)) %% 3]], 'evenings', handed_in_at, ''
    FROM document WHERE kind = 'story'
"""


async def open_seeded(installation: Installation, ground: Ground, ideas: int) -> Services:
    """A database of its own with so many ideas in it."""
    services = await installation.open_database(f"ideas_{ideas}")
    assert services.settings.database_url is not None
    await seed(services.settings.database_url.get_secret_value(), ideas, services.policy, services.today())
    ground.tell(f"{ideas:,} ideas are there")
    return services


async def seed(url: str, ideas: int, policy: Policy, today: date, share_open: float = SHARE_OPEN) -> None:
    """Fill an empty database with the newest schema; the same number gives the same spread."""
    values = {
        "ideas": ideas,
        "owners": ideas // 2 + 1,
        "coaches": max(ideas // IDEAS_A_COACH, 1),
        "each": IDEAS_A_COACH,
        "offices": list(policy.region.offices)[:3],
        "today": today,
        "open": share_open,
        "states": ["/".join(state) for state in OPEN_STATES],
        "ends": ["/".join(end) for end in ENDS],
        "entries": ENTRIES,
        "digest": policy.rulebook(today).digest,
        "stories": STORIES_TOLD,
        "districts": list(policy.region.districts),
        "themes": ["care", *list(policy.region.themes)[1:3]],
    }
    # Bound by the client, so that a value may stand where its type cannot be guessed.
    connect = partial(psycopg.AsyncConnection.connect, cursor_factory=psycopg.AsyncClientCursor)
    async with await connect(url, autocommit=True) as connection:
        await connection.execute("SET synchronous_commit = off")
        await connection.execute("SELECT setseed(0.42)")
        for statement in (PEOPLE, PROFILES, WALKED, IDEAS, STORIES, PUBLISHED, STANDINGS, ENTRY, NOTES, TASKS):
            await connection.execute(statement, values)
        await connection.execute("VACUUM ANALYZE")
        await connection.execute("CHECKPOINT")
