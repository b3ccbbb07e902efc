"""`make bench`: how fast the bridge is, beside floors measured in the same run. Tools only: nothing imports it.

__main__    the run, in order, and the table
scene       the processes of one measure: sandbox Qomon, bridge, and what the store says
load        a bounded number of calls on a number of connections
rounds      one round of a measure, and the middle of several
process     starts, watches and ends one process
fast        the bridge without a limit on calls to Qomon
bare        floor: a route that commits one SQLite row
direct      floor: a bridge that reads and replaces, without a store
clocked     draining against Qomon's quota, on a clock that nobody waits for
micro       what reading, mapping, merging and reporting one event costs
"""
