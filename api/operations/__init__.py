"""What an operator runs: commands, backups, the embedded services, the demo, the simulation.

They may import sign_in, web, use_cases and runtime; never pages or routes.
"""
