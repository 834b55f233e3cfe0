"""The crowdfunding of one idea and its package."""
