"""Who crosses what is due: the threads of this process or worker processes, and a sweep for what was lost.

It knows lanes and times. Periodic work is handed to it.

Face: `engine`, `procrastinate`, `threads`.
"""
