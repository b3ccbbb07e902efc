"""`make chaos`: a seeded campaign against the real processes, and a verdict. Development only, all on this machine.

clock -> qomon, app (the two kinds of process) -> fleet -> people, senders -> trouble -> judge -> __main__
"""
