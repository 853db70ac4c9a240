"""Every change of scorecards, one function each, and the evaluation of applications."""
