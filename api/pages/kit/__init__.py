"""What pages are made of: rendering, forms, fields, who looks, presenters of turns and timelines. No route is here.

It may import no page.
"""
