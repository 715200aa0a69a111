"""What users call: each transformation is a few lines over the walks."""
