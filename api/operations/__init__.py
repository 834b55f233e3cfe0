"""What an operator runs: commands, backups, the embedded services, the demo, the simulation. README.md here is the
operator's handbook.

They may import sign_in, web, use_cases and runtime; never pages or routes.
"""
