"""One idea and what belongs to it: team, story, session log, duplicates."""
