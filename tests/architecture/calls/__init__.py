"""One module per app, each with `CALLS`: the dotted name of a service function, and a function.

The function takes the shared world, prepares what must be there, and returns the keyword
arguments of one call that changes something; `now` is added to them.
"""
