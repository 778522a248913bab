"""Text and likelihoods from a model that is loaded, batched by length."""
