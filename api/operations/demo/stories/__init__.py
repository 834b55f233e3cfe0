"""What happened to each idea of the demo, one phase a file; everything is made up."""

from api.operations.demo.script import Story
from api.operations.demo.stories import accompany, copies, develop, identify, make_visible, published, support

STORIES: tuple[Story, ...] = (
    *identify.STORIES,
    *develop.STORIES,
    *support.STORIES,
    *accompany.STORIES,
    *make_visible.STORIES,
    *published.STORIES,
    *copies.STORIES,
)
