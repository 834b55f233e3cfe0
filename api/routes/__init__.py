"""The JSON API under /api/v1, one noun a file. Routes load and authorise, validate, send, answer."""

from api.routes import (
    appointments,
    attachments,
    coaches,
    commands,
    contributions,
    crowdfunding,
    deliveries,
    documents,
    drafts,
    ideas,
    me,
    notices,
    offers,
    openings,
    replications,
    stories,
    stuck,
    team,
    timeline,
    upkeep,
)

NOUNS = (
    ideas,
    drafts,
    timeline,
    commands,
    attachments,
    documents,
    team,
    crowdfunding,
    appointments,
    replications,
    contributions,
    stories,
    openings,
    offers,
    stuck,
    coaches,
    me,
    notices,
    deliveries,
    upkeep,
)

routes = [route for noun in NOUNS for route in noun.router.routes]
