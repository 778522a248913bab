"""Reliability beyond coincidence tables: ICC, rank concordance, spans, rater models, live intervals."""
