"""Probes: small classifiers that answer for a model, so that a profile costs a CPU some minutes and no backbone.

    pictures, words -> features -> material (one task as arrays) -> crossfit (learners, copying) -> predictions

A probe shows what *its learner* can extract from *its features*: HOG and colour do not read printed words, word
statistics know no arithmetic. What it does not find may be there all the same. Source: method.md, section 5, of the
project's method: cross-fitted probes that give the same Prediction records as a model.
"""
