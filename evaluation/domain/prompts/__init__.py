"""How an item becomes what a model is shown, and its replies become one answer.

`modes` says how a system is asked, `rendering` what of an item it sees, `building` puts the two into turns
that fit its window, `shots` chooses worked examples and `strategies` asks: once, by vote, or by likelihood.
"""
