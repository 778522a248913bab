"""Reading an answer from the free text of a model, in any of the languages the benchmarks come in.

Readers return None where nothing can be read for sure; they never raise, evaluate nothing they read and
take time in proportion to its length.
"""
