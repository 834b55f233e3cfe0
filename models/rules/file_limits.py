"""How large files may be, and how many: those of an idea, and lists that are read in. What decodes pictures runs alone
and has the first of them written out."""

MOST_BYTES_OF_FILE = 10 * 1024 * 1024
"""A scanned contract of forty pages, or a photo as a phone takes it."""
MOST_FILES = 10
"""Of one object: more than that is a folder, and nobody reads it."""
MOST_BYTES_OF_IDEA = 50 * 1024 * 1024
"""A thousand ideas fill their room with 50 GB, which a database and its backup still carry."""

MOST_BYTES_OF_LIST = 10 * 1024 * 1024
"""Of a list that a page reads in."""
MOST_BYTES_IN_MEMORY = 50 * 1024 * 1024
"""Of a list that a command reads in. The table is held in memory: more is better imported in parts."""
