"""How many requests of one key are in flight.

`window` decides how many, `line` decides whose, and `outage` when to give up; all are pure.
`places` makes threads and event loops wait for what they decide. `keys` has one line for each key.
"""
