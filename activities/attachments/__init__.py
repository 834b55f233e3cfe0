"""Files that people attach to their ideas: what they are by their content, whether they do harm, and as what they are
kept.
"""
