"""What the bridge says by itself: `tick` looks each minute what is so (`watch`), decides what to say (`say`, by `kinds`
and `preferences`), in which `words`, and sends it (`outbox`, `channels`). `heartbeat` says that it lives.
"""
