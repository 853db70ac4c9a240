"""The demo company: who and what there is, two years of its history, and how it gets in.

`company` says who and what, `landscape` how it hangs together, `people` names them, `behaviour` how each team works, `words` what
its changes and incidents are called, `history` works out what happened, `load` writes it.
All but `load` are pure.
"""
