"""Webhooks: their files, versions and warnings, and the brakes that stop one.

A hook is read here and nowhere else; what its rules mean to answers is the business of `mapping`.

Face: `brakes`, `breaker`, `check`, `diff`, `hook`, `registry`, `revisions`, `stored`, `warnings`, `yaml`.
"""
