"""`make chaos`: a seeded campaign against the real processes, and a verdict. Development only, all on this machine.

clock -> qomon, app (what the processes run) -> fleet, postgres, disk, versions -> platform -> people, senders ->
trouble -> judge -> __main__
"""
