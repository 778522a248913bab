"""Talks of several turns: a model pressed to change its answer, and a doctor with a simulated patient.

`followups` presses, `flips` says how many answers changed. `consultation` lets a system talk with a patient
who knows the facts of one case and nothing else: `facts_patient` finds them without a model, `model_patient`
lets a model put them into words under the eyes of `guard`. `coverage` says which must-ask items came up, by a
rule; a judge may say it as well (`judged_coverage`), and the two are never mixed. `words` and `matching` know
what a question is about.
"""
