"""How calls are proven: the tools' signatures as a table, and what no table can say. `verify` is the door to it."""
