"""Every change of tokens and of the answers that are kept, one function each."""
