"""What the activities need of the outside world, in our own words. Adapters fulfil it."""
