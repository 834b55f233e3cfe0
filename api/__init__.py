"""Interfaces: pages, JSON API, sign-in and the command line, and the embedded services behind `ideenweg up`. README.md
here describes the rooms.

May import everything below it: workflows, activities, models. Nothing imports `api`.
"""
