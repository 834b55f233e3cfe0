"""The commands of `ideenweg`, one a file.

A file holds one public function of the same name (`up.py`: `up`; a trailing underscore is dropped, so `import_.py`
becomes `ideenweg import`), or a Typer `app` where a command has sub-commands. Keep heavy imports inside the function:
every start of the command line reads all these files.
"""
