"""Ports: protocols for what activities need of the outside, in our own words. Adapters fulfil them."""
