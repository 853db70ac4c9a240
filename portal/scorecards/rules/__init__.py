"""What a scorecard says and how an application stands against it: pure, from facts alone.

`definitions` are what is judged, `reading` makes them from YAML, `checks` is the closed registry
of what a rule can ask, `evaluation` judges.
"""
