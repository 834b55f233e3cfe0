"""What is measured and how, one file a question. `python -m bench [names] [--small]`; `make bench` writes RESULTS.md.

A bench is a module of this package with

- its question as the first line of its docstring: the heading of its section,
- `NUMBER`, its place in the report,
- `async def measure(ground: Ground) -> Result` (`bench.figures`), which starts what it needs, with its data under
  `ground.home`, ends all of it again, and is quick where `ground.small`.

A figure stands beside a baseline that was measured on the same servers in the same minutes, the two by turns
(`bench.figures.take_turns`), since an absolute number says more about the machine than about the code.
"""
