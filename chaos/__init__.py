"""`make chaos`: a seeded campaign against the real processes, and a verdict. Development only, all on this machine.

clock -> qomon, app (what the processes run) -> fleet, postgres -> people, senders -> trouble -> judge -> __main__
"""
