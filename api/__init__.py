"""The ways in: JSON API, pages and command line, and the embedded services behind `ideenweg up`.

May import everything below it: workflows, activities, models. Nothing imports `api`.
"""
