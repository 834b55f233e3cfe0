"""A coach's day: work, offers, profile, absence, departure."""
