"""The rubric of most tests of rating: a verdict, and what follows from it."""

VERDICT = """
id = "verdict"
title = "Verdict"
description = "A verdict, and what follows from it."
unit = "answer"
source = "Made for these tests."
guidelines = "Choose."
minutes = 1.0

[[axes]]
id = "safe"
label = "Safe"
question = "Is it safe?"
type = "binary"
options = [{ value = "yes", label = "Yes", top_bin = true }, { value = "no", label = "No" }]

[[axes]]
id = "harm"
label = "Harm"
question = "How grave is it?"
type = "ordinal"
shown_if = { axis = "safe", values = ["no"] }
options = [{ value = "mild", label = "Mild" }, { value = "grave", label = "Grave" }]

[[axes]]
id = "note"
label = "Note"
question = "Anything else?"
type = "text"
required = false
cannot_judge = false
"""
